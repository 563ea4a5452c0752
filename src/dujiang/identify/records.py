"""Brings the identities of all snapshots into one table of comparable traits, in pages, every source record once.

Leaves `x_traits` in the frames: n (1, 2, … in order of zone and person_id), the columns of `Traits`, and `flagged` (the
source gave a number that is not valid). An invalid number is never in `id_number`.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import cast

from dujiang.identify.matching import Traits
from dujiang.identify.names import clean_address, clean_phone, name_parts
from dujiang.identify.numbers import read_number
from dujiang.identify.pinyin import sound, surname_sound
from dujiang.world import Frames

PAGE = 50_000
COLUMNS = {
    "n": "BIGINT",
    "zone": "VARCHAR",
    "person_id": "BIGINT",
    **dict.fromkeys(("full_name", "family", "given", "family_sound", "given_sound", "sex", "birth_date"), "VARCHAR"),
    **dict.fromkeys(("id_number", "id_system", "phone", "address"), "VARCHAR"),
    "flagged": "BOOLEAN",
}
TRAITS = tuple(name for name in COLUMNS if name not in ("n", "flagged"))
_ASKED = "n, zone, person_id, family, given, full_name, sex, birth_date, id_number, id_system, phone, address"
_MALE, _FEMALE = ("m", "male", "男", "男性"), ("f", "female", "女", "女性")
_SEXES = {**dict.fromkeys(_MALE, "male"), **dict.fromkeys(_FEMALE, "female")}
# Typed where a birth date must not stay empty.
_NO_DATE = {date(1900, 1, 1), date(1899, 12, 31), date(1, 1, 1), date(9999, 12, 31)}

Row = tuple[object, ...]


def read_records(frames: Frames, identities: Sequence[tuple[str, str]]) -> int:
    """Fill `x_traits` from (zone, address of its x_identity) pairs; how many records."""
    each = " UNION ALL ".join(f"SELECT '{zone}' AS zone, * FROM read_parquet('{url}')" for zone, url in identities)
    frames.run(
        f"CREATE OR REPLACE TABLE x_known AS SELECT row_number() OVER (ORDER BY zone, person_id) AS n, * FROM ({each})"
    )
    count = cast(int, frames.rows("SELECT count(*) FROM x_known")[0][0])
    shape = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    frames.run(f"CREATE OR REPLACE TABLE x_traits ({shape})")
    for start in range(1, count + 1, PAGE):
        rows = frames.rows(f"SELECT {_ASKED} FROM x_known WHERE n BETWEEN {start} AND {start + PAGE - 1}")
        frames.load("x_page", COLUMNS, map(comparable, rows))
        frames.run("INSERT INTO x_traits SELECT * FROM x_page")
        frames.run("DROP TABLE x_page")
    frames.run("DROP TABLE x_known")
    return count


def comparable(row: Row) -> dict[str, object]:
    """One row of `x_traits` from one of x_identity."""
    n, zone, person_id, family, given, full, sex, born, number, system, phone, address = row
    name = name_parts(_text(family), _text(given), _text(full))
    read = read_number(_text(number), _text(system))
    valid = read if read and read.valid else None
    return {
        "n": n,
        "zone": zone,
        "person_id": person_id,
        "full_name": name.whole,
        "family": name.family,
        "given": name.given,
        "family_sound": surname_sound(name.family),
        "given_sound": sound(name.given),
        "sex": _SEXES.get(_text(sex).strip().casefold(), ""),
        "birth_date": born.isoformat() if isinstance(born, date) and born not in _NO_DATE else "",
        "id_number": valid.value if valid else None,
        "id_system": valid.system if valid else "",
        "phone": clean_phone(_text(phone)),
        "address": clean_address(_text(address)),
        "flagged": read is not None and not read.valid,
    }


def traits_of(frames: Frames, which: str) -> Iterator[tuple[int, Traits]]:
    """Number and traits of the records whose n is in `which`, a SELECT."""
    for row in frames.rows(f"SELECT n, {', '.join(TRAITS)} FROM x_traits WHERE n IN ({which})"):
        values = cast(dict[str, str], dict(zip(TRAITS, row[1:], strict=True)))
        yield cast(int, row[0]), Traits(**values)  # type: ignore[arg-type]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
