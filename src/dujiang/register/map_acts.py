"""The acts of the data map: see it, search it with the codes that stand in the tables, tell it as a HealthDCAT-AP catalogue."""

from typing import Any

from dujiang.act import NODE, Actor, Outcome, look
from dujiang.assess.quality_records import Assessment
from dujiang.collect.arrivals import Arrival
from dujiang.collect.sources import Source
from dujiang.register.acts import newest_snapshots
from dujiang.register.assets import Asset
from dujiang.register.map import Kept, found, make
from dujiang.register.map_catalogue import FEW, Teller, catalogue
from dujiang.standardise.model import EVENTS
from dujiang.standardise.standardise import Snapshot, std_name
from dujiang.words import STAFF, Party, Role, Saying, Word
from dujiang.world import World

MOST_CODES = 50


class Sought(Word, frozen=True):
    """What to look for among names, columns and categories; all when empty."""

    text: str = ""


class Code(Word, frozen=True):
    """The beginning of a code, as `I10` or `ICD10|I1`."""

    code: str


class Publish(Word, frozen=True):
    """What a catalogue says that a node does not know: the address its things are named under, whom to write to, the access body."""

    base: str = "urn:dujiang"
    contact: str = ""
    access_body: str = ""


def kept(world: World) -> Kept:
    """Everything that a map is made from."""
    tables = world.tables
    return Kept(tables.all(Source), tables.all(Arrival), tables.all(Snapshot), tables.all(Assessment), tables.all(Asset))


def show(world: World, actor: Actor, _: None, args: Sought) -> Outcome:
    return Outcome(answer=found(make(kept(world)), args.text))


def codes(world: World, actor: Actor, _: None, args: Code) -> Outcome:
    """Codes that begin so, in which table, on how many rows and persons; a code of fewer than ten persons is named without counts."""
    snapshots = newest_snapshots(world)
    sought = args.code.strip()
    if not snapshots or not sought:
        return Outcome(answer=[])
    with world.frames() as frames:
        each = " UNION ALL ".join(_rows(world, snapshots, table) for table in EVENTS)
        rows = frames.rows(
            f"SELECT tbl, code, count(*) AS n, count(DISTINCT person_id) AS who FROM ({each}) "
            "WHERE starts_with(upper(code), upper($1)) OR starts_with(upper(split_part(code, '|', 2)), upper($1)) "
            f"GROUP BY tbl, code ORDER BY who DESC, tbl, code LIMIT {MOST_CODES}",
            [sought],
        )
    return Outcome(answer=[_told(*row) for row in rows])


def _rows(world: World, snapshots: tuple[Snapshot, ...], table: str) -> str:
    urls = ", ".join(f"'{world.blobs.url(s.zone, std_name(s.id, table))}'" for s in snapshots)
    return f"SELECT '{table}' AS tbl, unnest(string_split(trim(x_codes), ' ')) AS code, person_id FROM read_parquet([{urls}], union_by_name = true)"


def _told(table: Any, code: Any, rows: Any, persons: Any) -> dict[str, Any]:
    system, _, plain = str(code).partition("|")
    told = {"table": table, "system": system, "code": plain}
    return {**told, "rows": rows, "persons": persons} if persons >= FEW else {**told, "few": True}


def publish(world: World, actor: Actor, _: None, args: Publish) -> Outcome:
    """JSON-LD; with `dujiang do map catalogue` it is a file."""
    me = world.tables.find(Party, world.party)
    name = me.name if me else Saying(en=world.party, zh=world.party)
    teller = Teller(party=world.party, base=args.base.rstrip("/"), name=name, contact=args.contact, access_body=args.access_body)
    return Outcome(answer=catalogue(teller, world.tables.all(Asset)))


ACTS = (
    look("map.show", "See the data map", "查看数据地图", who=STAFF, where=NODE, takes=Sought, step=show),
    look("map.codes", "See where a code stands in the data", "查看代码在数据中的分布", who={Role.STEWARD, Role.AUDITOR}, where=NODE, takes=Code, step=codes),
    look("map.catalogue", "Read the published assets as a HealthDCAT-AP catalogue", "读取已发布资产的 HealthDCAT-AP 目录", who=STAFF, where=NODE, takes=Publish,
         step=publish),
)
