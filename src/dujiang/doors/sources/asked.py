"""What every pull needs: the source, where reading goes on, and the delivery that is being gathered."""

from typing import NamedTuple

from dujiang.collect import gathered
from dujiang.collect.gathered import Gathering
from dujiang.collect.sources import Source
from dujiang.world import World


class Asked(NamedTuple):
    """One pull on its way."""

    world: World
    source: Source
    gathering: Gathering
    secret: str
    address: str

    def where(self) -> dict[str, str]:
        """Where the pull before left off, at the same address: another server or database is read from its beginning."""
        found = gathered.where(self.world.blobs, self.source.zone)
        return found if found.get("of") == self.address else {name: found[name] for name in ("pull",) if name in found}

    def number(self) -> int:
        """The number of this pull: part of its files' names, so that the same rows at another time are another arrival."""
        return int(self.where().get("pull", "0")) + 1

    def begun(self) -> dict[str, str]:
        """What the place for the next pull begins with."""
        return {"pull": str(self.number()), "of": self.address}
