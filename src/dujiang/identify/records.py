"""Brings the identities of all snapshots into the form in which they are compared, every source record once; what is known is not read anew.

`x_known` holds what the sources say: n = 1, 2, … in order of zone and person_id, and a `version` that changes with anything a record says.
Of each version there are traits (`TRAITS`: what is compared; a source that is silent leaves NULL), names (`NAMES`: how the person and the
handle would be called) and keys (under which it is compared with others). They are sealed in parts, by version, so that a part serves as long
as it is right. An invalid number is kept in `number_text` and flagged, and is never in `id_number`.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple, cast

from dujiang.identify.addresses import read_address
from dujiang.identify.blocking import keys_sql
from dujiang.identify.linkage import Rule
from dujiang.identify.lunar import common_date
from dujiang.identify.names import clean_phone, is_newborn, name_parts
from dujiang.identify.numbers import PRECEDENCE, IdNumber, born_of, read_number, tidy
from dujiang.identify.pinyin import blur, sound, surname_sound
from dujiang.identify.pseudonyms import Names
from dujiang.world import Frames

PAGE = 50_000
RECIPE = "traits-4"  # another word here, and everything is made anew
_TEXTS = (
    "full_name", "family", "given", "name_sound", "family_sound", "given_sound", "family_blur", "given_blur", "sex", "birth_date", "born",
    "lunar", "number_text", "id_system", "id_number", "phone", "address", "area", "street", "doors", "mrn",
)  # fmt: skip
TRAITS = {"zone": "VARCHAR", **dict.fromkeys(_TEXTS, "VARCHAR"), "newborn": "BOOLEAN"}
NAMES = {
    **dict.fromkeys(("own_person", "number_handle"), "VARCHAR"),
    "id_rank": "INTEGER",
    "flagged": "BOOLEAN",
}
COLUMNS = {"version": "UBIGINT", **TRAITS, **NAMES}
SAID = ("family", "given", "full_name", "sex", "birth_date", "id_number", "id_system", "phone", "address", "mrn")
_MALE, _FEMALE = ("m", "male", "男", "男性"), ("f", "female", "女", "女性")
_SEXES = {**dict.fromkeys(_MALE, "male"), **dict.fromkeys(_FEMALE, "female")}
# Typed where a birth date must not stay empty.
_NO_DATE = {date(1900, 1, 1), date(1899, 12, 31), date(1, 1, 1), date(9999, 12, 31)}

Row = tuple[object, ...]


class Parts(NamedTuple):
    """Where the traits, names and keys of versions lie: addresses of sealed files, one of each a part."""

    traits: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


def know_records(frames: Frames, identities: Sequence[tuple[str, str]], recipe: str, parts: Parts) -> int:
    """Fill `x_known` and, with what those say whose version is in none of the parts, `x_unread`, from (zone, address of its x_identity) pairs.

    How many records there are. The identities are read once.
    """
    each = (f"SELECT '{zone}' AS zone, person_id, {', '.join(SAID)} FROM read_parquet('{_quoted(url)}')" for zone, url in identities)
    have = f"SELECT version FROM {files(parts.names)}" if parts.names else "SELECT 0::UBIGINT WHERE false"
    said = f"{{{', '.join(f'{name!r}: {name}' for name in SAID)}}}"
    frames.run(
        f"CREATE OR REPLACE TABLE x_said AS SELECT zone, person_id, version, CASE WHEN version NOT IN ({have}) THEN {said} END AS said "
        f"FROM (SELECT *, hash('{recipe}', zone, person_id, {', '.join(SAID)}) AS version FROM ({' UNION ALL '.join(each)}))"
    )
    frames.run(
        "CREATE OR REPLACE TABLE x_known AS SELECT row_number() OVER (ORDER BY zone, person_id)::BIGINT AS n, zone, person_id, version FROM x_said"
    )
    frames.run(
        f"CREATE OR REPLACE TABLE x_unread AS SELECT n, k.version, zone, person_id, {', '.join(f'said.{name}' for name in SAID)} "
        "FROM x_said JOIN x_known k USING (zone, person_id) WHERE said IS NOT NULL"
    )
    frames.run("DROP TABLE x_said")
    return cast(int, frames.rows("SELECT count(*) FROM x_known")[0][0])


def read_records(frames: Frames, names: Names) -> int:
    """Fill `x_made` (`COLUMNS`) with every record of `x_unread`; how many."""
    frames.run(f"CREATE OR REPLACE TABLE x_made ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
    total = cast(int, frames.rows("SELECT count(*) FROM x_unread")[0][0])
    for start in range(0, total, PAGE):
        asked = f"SELECT version, zone, person_id, {', '.join(SAID)} FROM x_unread"
        rows = frames.rows(asked if total <= PAGE else f"{asked} ORDER BY n LIMIT {PAGE} OFFSET {start}")
        frames.load("x_page", COLUMNS, (comparable(row, names) for row in rows))
        frames.run("INSERT INTO x_made SELECT * FROM x_page")
        frames.run("DROP TABLE x_page")
    return total


def lay_out(frames: Frames, rules: Sequence[Rule], parts: Parts) -> None:
    """Make `x_keys` (rule, key, n) of all records as a view; `x_traits` (n, `TRAITS`) and `x_names` (n, `NAMES`) as empty tables."""
    frames.run(f"CREATE OR REPLACE TABLE x_made_keys AS {keys_sql(rules, 'x_made', 'version')}")
    every = "SELECT version, rule, key FROM x_made_keys" + (f" UNION ALL SELECT version, rule, key FROM {files(parts.keys)}" if parts.keys else "")
    frames.run(f"CREATE OR REPLACE VIEW x_every_key AS {every}")
    frames.run("CREATE OR REPLACE VIEW x_keys AS SELECT rule, key, n FROM x_every_key JOIN x_known USING (version)")
    for table, columns in (("x_traits", TRAITS), ("x_names", NAMES)):
        frames.run(f"CREATE OR REPLACE TABLE {table} (n BIGINT, {', '.join(f'{name} {kind}' for name, kind in columns.items())})")


def narrow_keys(frames: Frames) -> str:
    """Make a table like `x_keys` of the keys that the records in `x_fresh` have, theirs and others'; its name. Two scans of two columns of numbers."""
    frames.run(
        "CREATE OR REPLACE TABLE x_fresh_keys AS SELECT DISTINCT rule, key FROM x_every_key "
        "SEMI JOIN (SELECT version FROM x_known SEMI JOIN x_fresh USING (n)) USING (version)"
    )
    frames.run(
        "CREATE OR REPLACE TABLE x_keys_near AS SELECT rule, key, n FROM (SELECT * FROM x_every_key SEMI JOIN x_fresh_keys USING (rule, key)) "
        "JOIN x_known USING (version)"
    )
    return "x_keys_near"


def bring_traits(frames: Frames, parts: Parts, which: str) -> None:
    """Put the traits of the records that `which` selects (n) into `x_traits`, once."""
    _bring(frames, which, "x_traits", (tuple(TRAITS), parts.traits))


def bring_names(frames: Frames, parts: Parts, which: str) -> None:
    """Put the names of the records that `which` selects (n) into `x_names`, once."""
    _bring(frames, which, "x_names", (tuple(NAMES), parts.names))


def _bring(frames: Frames, which: str, table: str, source: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    columns, old = ", ".join(source[0]), source[1]
    frames.run(f"CREATE OR REPLACE TABLE x_wanted AS SELECT k.n, version FROM x_known k SEMI JOIN ({which}) USING (n) ANTI JOIN {table} USING (n)")
    for rows in ("x_made", *([files(old)] if old else [])):
        # What was made now is often all that is wanted, and the parts need not be read.
        if frames.rows(f"SELECT 1 FROM x_wanted ANTI JOIN {table} USING (n) LIMIT 1"):
            frames.run(f"INSERT INTO {table} SELECT n, {columns} FROM (SELECT version, {columns} FROM {rows}) JOIN x_wanted USING (version)")


def files(urls: Sequence[str]) -> str:
    """SQL that reads these Parquet files as one table."""
    return f"read_parquet([{', '.join(_literal(url) for url in urls)}])"


def comparable(row: Row, names: Names) -> dict[str, object]:
    """A record's `COLUMNS` from (version, zone, person_id, *SAID)."""
    version, zone, record, *said = row
    family, given, full, sex, _, number, system, phone, address, mrn = map(_text, said)
    read = read_number(number, system)
    traits: dict[str, object] = {
        "version": version,
        "zone": zone,
        **_named(family, given, full),
        **_born(said[4], read),
        **_numbered(read, names),
        **_placed(phone, address),
        "sex": _SEXES.get(sex.strip().casefold()),
        "mrn": tidy(mrn) or None,
    }
    traits["own_person"] = names.own(str(zone), cast(int, record))
    return traits


def _named(family: str, given: str, full: str) -> dict[str, object]:
    name = name_parts(family, given, full)
    first, last = sound(name.given), surname_sound(name.family)
    texts = {
        "full_name": name.whole, "family": name.family, "given": name.given, "name_sound": last + first, "family_sound": last,
        "given_sound": first, "family_blur": blur(last), "given_blur": blur(first),
    }  # fmt: skip
    return {**{key: text or None for key, text in texts.items()}, "newborn": is_newborn(family, given, full)}


def _born(said: object, read: IdNumber | None) -> dict[str, object]:
    """`born` is the date said or else the number's; `lunar` the date said, had it been one of the Chinese calendar."""
    written, lunar = _dates(said) if isinstance(said, date) else (None, None)
    return {"birth_date": written, "born": written or (born_of(read) if read else "") or None, "lunar": lunar}


@lru_cache(1 << 16)
def _dates(said: date) -> tuple[str | None, str | None]:
    lunar = common_date(said.year, said.month, said.day)
    return (None, None) if said in _NO_DATE else (said.isoformat(), lunar.isoformat() if lunar else None)


def _numbered(read: IdNumber | None, names: Names) -> dict[str, object]:
    valid = read if read and read.valid else None
    return {
        "number_text": read.value if read and len(read.value) >= 6 else None,
        "id_system": read.system if read else None,
        "id_number": valid.value if valid else None,
        "id_rank": PRECEDENCE.index(valid.system) if valid else None,
        "number_handle": names.number(valid.system, valid.value) if valid else None,
        "flagged": read is not None and not read.valid,
    }


def _placed(phone: str, address: str) -> dict[str, object]:
    place = read_address(address)
    whole = place.area + place.street
    return {
        "phone": clean_phone(phone) or None,
        "address": whole or None,
        "area": place.area or None,
        "street": place.street or None,
        "doors": place.doors or None,
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _literal(text: str) -> str:
    return f"'{_quoted(text)}'"

