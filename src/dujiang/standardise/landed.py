"""The records of a zone as they stand: of each (kind, key) the one from the newest arrival, and none lost from sight."""

from collections.abc import Sequence
from typing import cast

from dujiang.standardise.mapping import FAMILY, maps
from dujiang.world import Frames


def gather(frames: Frames, arrivals: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Make the view `x_records` from (arrival id, address of its records), oldest first; records by (form, kind).

    Its columns: form, kind, key, arrival, file, line, body. Later arrivals win; within one, the later file name and line.
    """
    each = " UNION ALL ".join(
        f"SELECT form, kind, key, {rank} AS rank, '{arrival}' AS arrival, file, line, body FROM read_parquet('{url}')"
        for rank, (arrival, url) in enumerate(arrivals)
    )
    frames.run(f"CREATE OR REPLACE VIEW x_every AS {each}")
    # Nearly always empty; 16 bytes a record to find out.
    frames.run(
        "CREATE OR REPLACE TABLE x_again AS SELECT kind, key, max((rank, file, line)) AS newest FROM x_every "
        "WHERE md5_number(kind || chr(31) || key) IN "
        "(SELECT md5_number(kind || chr(31) || key) AS id FROM x_every GROUP BY id HAVING count(*) > 1) GROUP BY kind, key"
    )
    again = frames.rows("SELECT count(*) FROM x_again")[0][0]
    newest = "LEFT JOIN x_again a USING (kind, key) WHERE a.newest IS NULL OR (e.rank, e.file, e.line) = a.newest" if again else ""
    frames.run(f"CREATE OR REPLACE VIEW x_records AS SELECT e.* EXCLUDE (rank) FROM x_every e {newest}")
    counted = frames.rows("SELECT form, kind, count(*) FROM x_records GROUP BY ALL ORDER BY ALL")
    return {(cast(str, form), cast(str, kind)): cast(int, n) for form, kind, n in counted}


def narrow_to(frames: Frames, family: str) -> None:
    """Make the view `landed`, which shapes read: the records of a family's forms."""
    forms = ", ".join(f"'{form}'" for form, name in FAMILY.items() if name == family)
    frames.run(f"CREATE OR REPLACE VIEW landed AS SELECT * EXCLUDE (form) FROM x_records WHERE form IN ({forms})")


def kept_raw(counts: dict[tuple[str, str], int]) -> dict[str, int]:
    """Records of kinds that no map reads, by kind: they stay in the zone and have no standard rows."""
    read = {(form, m.kind) for form, family in FAMILY.items() for m in maps(family)}
    raw: dict[str, int] = {}
    for (form, kind), n in counts.items():
        if (form, kind) not in read:
            raw[kind] = raw.get(kind, 0) + n
    return raw
