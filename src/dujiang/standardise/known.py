"""What a node has learnt that its maps do not say: the vocabularies it loaded and the terms it confirmed."""

import hashlib
from functools import cache
from typing import NamedTuple

from dujiang.standardise.tables.confirming import TableMap
from dujiang.standardise.terms.confirming import Confirmed
from dujiang.standardise.terms.lists import own_names
from dujiang.standardise.terms.matching import Matcher
from dujiang.standardise.vocabularies.naming import names_of
from dujiang.standardise.vocabularies.shelf import Vocabulary
from dujiang.world import Frames, World


class Known(NamedTuple):
    """In no order that matters."""

    vocabularies: tuple[Vocabulary, ...] = ()
    confirmed: tuple[Confirmed, ...] = ()
    tables: tuple[TableMap, ...] = ()  # of the zone that is standardised

    def version(self) -> str:
        """16 hex over what is known; empty when nothing is: the same maps with another version may give other rows."""
        said = sorted((v.id, v.loaded) for v in self.vocabularies), sorted((c.text, c.codes) for c in self.confirmed), sorted(m.text for m in self.tables)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16] if any(said) else ""


NOTHING = Known()


def known_at(world: World, zone: str = "") -> Known:
    """What this node knows now; of a zone, its maps of tables too."""
    tables = tuple(world.tables.all(TableMap, state="confirmed", parent=zone)) if zone else ()
    return Known(tuple(world.tables.all(Vocabulary, state="loaded")), tuple(world.tables.all(Confirmed, state="confirmed")), tables)


def matcher(frames: Frames, known: Known) -> Matcher:
    """The reader of diagnoses: confirmed terms first, then the node's lists, then our own."""
    return _matcher(frames, known) if known.vocabularies or known.confirmed else _own()


@cache
def _own() -> Matcher:
    return Matcher(own_names())


def _matcher(frames: Frames, known: Known) -> Matcher:
    names = [*names_of(frames, known.vocabularies), *own_names()]
    return Matcher(names, ((c.text, c.codes) for c in known.confirmed))
