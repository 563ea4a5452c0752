"""A pull asks a source for what is new and gathers it into one delivery; killed anywhere, it goes on, and pulling again changes nothing."""

from collections.abc import Callable

from dujiang.act import Work
from dujiang.collect import gathered
from dujiang.collect.connections import Connection, Database, Fhir, reached
from dujiang.collect.gathered import Gathering
from dujiang.collect.live import OfSource, Pulled, landed
from dujiang.collect.sources import Source, check_open
from dujiang.doors.sources.asked import Asked
from dujiang.doors.sources.bulk import export
from dujiang.doors.sources.database import read_database
from dujiang.doors.sources.searching import search
from dujiang.errors import Refused
from dujiang.words import Saying
from dujiang.world import World

PULL = "pull"  # the name of what a pull gathers: there is one at a time


def pull(world: World, args: OfSource, progress: Callable[[int, int], None]) -> Pulled:
    """Gather, then land. What a pull before gathered and could not land comes first."""
    source = world.tables.get(Source, args.source)
    check_open(source)
    connection = world.tables.get(Connection, source.id)
    whole = gathered.find(world.blobs, source.zone, PULL)
    if whole is not None and gathered.settle(world, source, PULL):
        whole = None
    if whole is None:
        whole = _gather(world, source, connection)
    return landed(world, source, whole, progress)


def _gather(world: World, source: Source, connection: Connection) -> gathered.Gathered:
    setting = connection.setting
    secret = world.keys.get(connection.secret).decode() if connection.secret else ""
    asked = Asked(world, source, Gathering(world.blobs, source.zone, PULL), secret, address=reached(setting))
    if isinstance(setting, Database):
        return read_database(asked, setting)
    if isinstance(setting, Fhir):
        return export(asked, setting) if setting.way == "export" else search(asked, setting)
    raise Refused("source.pull", "This source sends by itself and is not asked.", "该来源主动发送数据，无需拉取。")


WORKS = {
    "source.pull": Work("source.pull", Saying(en="Pull what is new from a source", zh="从来源拉取新数据"), OfSource, pull, "source.pulled"),
}
