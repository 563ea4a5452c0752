"""The records of a zone as they stand: of each (kind, key) the one from the newest arrival, and none lost from sight."""

from collections.abc import Sequence, Set
from typing import cast

from dujiang.collect.readers.items import MENTIONED
from dujiang.standardise.mapping import FAMILY, Map, maps_of
from dujiang.world import Frames

_PLACE = "{'rank': rank, 'file': file, 'line': line}"  # DuckDB compares field by field, and keeps no row without names
_UPDATED = "TRY_CAST(TRY(json_extract_string(body, '$.meta.lastUpdated')) AS TIMESTAMPTZ)"


def gather(frames: Frames, arrivals: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Make the view `x_records` from (arrival id, address of its records), oldest first; records by (form, kind).

    Its columns: form, kind, key, arrival, file, line, body, rank (grows with the arrivals). Of a record that comes
    again the later `meta.lastUpdated` wins, if all its versions have one; else, and among equals, the later arrival; within one, the later file
    name and line. What was only mentioned counts as a record of its kind, and as older than every record that was not.
    """
    every(frames, arrivals)
    # Nearly always empty; 16 bytes a record to find out.
    frames.run(
        "CREATE OR REPLACE TABLE x_again AS WITH again AS ("
        f"SELECT kind, key, rank >= 0 AS told, {_UPDATED} AS updated, {_PLACE} AS place FROM x_every "
        "WHERE md5_number(kind || chr(31) || key) IN "
        "(SELECT md5_number(kind || chr(31) || key) AS id FROM x_every GROUP BY id HAVING count(*) > 1)) "
        "SELECT kind, key, CASE WHEN count(updated) FILTER (told) = count(*) FILTER (told) AND count(*) FILTER (told) > 0 "
        "THEN arg_max(place, {'updated': updated, 'place': place}) FILTER (told) ELSE max(place) END AS newest FROM again GROUP BY kind, key"
    )
    return narrowed(frames)


def every(frames: Frames, arrivals: Sequence[tuple[str, str]], *, only: Set[str] | None = None) -> None:
    """Make the view `x_every`: all records of these arrivals, or of `only` some of them, with their ranks among all."""
    each = " UNION ALL ".join(
        f"SELECT form, replace(kind, '{MENTIONED}', '') AS kind, key, {rank} - CASE WHEN ends_with(kind, '{MENTIONED}') THEN {len(arrivals)} "
        f"ELSE 0 END AS rank, '{arrival}' AS arrival, file, line, body FROM read_parquet('{url}')"
        for rank, (arrival, url) in enumerate(arrivals) if only is None or arrival in only
    )
    frames.run(f"CREATE OR REPLACE VIEW x_every AS {each}")


def narrowed(frames: Frames, to: str = "", lent: Sequence[str] = ()) -> dict[tuple[str, str], int]:
    """Make the view `x_records` of `x_every`: of each record the newest; of those whose kind and key the table `to` has, and of `lent` kinds."""
    again = frames.rows("SELECT count(*) FROM x_again")[0][0]
    newest = f"LEFT JOIN x_again a USING (kind, key) WHERE (a.newest IS NULL OR {_PLACE} = a.newest)" if again else "WHERE true"
    kinds = "".join(f" OR kind = '{kind}'" for kind in lent)
    some = f" AND ((kind, key) IN (SELECT (kind, key) FROM {to}){kinds})" if to else ""
    frames.run(f"CREATE OR REPLACE VIEW x_records AS SELECT e.* FROM x_every e {newest}{some}")
    counted = frames.rows("SELECT form, kind, count(*) FROM x_records GROUP BY ALL ORDER BY ALL")
    return {(cast(str, form), cast(str, kind)): cast(int, n) for form, kind, n in counted}


def narrow_to(frames: Frames, family: str) -> None:
    """Make the view `landed`, which shapes read: the records of a family's forms."""
    forms = ", ".join(f"'{form}'" for form, name in FAMILY.items() if name == family)
    frames.run(f"CREATE OR REPLACE VIEW landed AS SELECT * EXCLUDE (form) FROM x_records WHERE form IN ({forms})")


def kept_raw(counts: dict[tuple[str, str], int], tables: Sequence[Map] = ()) -> dict[str, int]:
    """Records of kinds that no map reads, by kind: they stay in the zone and have no standard rows. `tables`: the node's own maps."""
    raw: dict[str, int] = {}
    for (form, kind), n in counts.items():
        if not any(m.takes(kind) for m in maps_of(FAMILY.get(form, ""), tables)):
            raw[kind] = raw.get(kind, 0) + n
    return raw
