"""A node gives consents their places as the alliance's log orders them, whichever comes first: the log's line or the consent's terms."""

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from dujiang.act import HUB_ID, Actor
from dujiang.consent.acts import Body, Carry, Commit, Follow, Item, unheard_before
from dujiang.consent.consents import Consent, Terms, consent
from dujiang.errors import DujiangError
from dujiang.words import Role
from gate.gate_office import Office, introduce

ME = "a" * 64
GIVEN = consent(Terms(subject=ME, effect="permit", purposes=("*",)), b"\x01" * 32, mine=False)
DENIED = consent(Terms(subject=ME, effect="deny", purposes=("*",)), b"\x02" * 32, mine=False)


class Pair:
    """A hub that orders, and a node that follows."""

    def __init__(self, folder: Path) -> None:
        self.hub = Office(folder / "hub", HUB_ID, f"sqlite:///{folder / 'hub.db'}")
        self.node = Office(folder / "node", "hospital-a", f"sqlite:///{folder / 'node.db'}")
        introduce(self.hub, self.node)

    def orders(self, given: Consent, effect: str = "", *, by: str = "hospital-b") -> int:
        """A line of the hub's log; the size of the log after it."""
        sender = Actor(id=by, party=by, roles=frozenset({Role.PARTY}))
        self.hub.do(sender, "consent.commit", Commit(items=(Item(commitment=given.commitment, effect=effect or given.terms.effect),)))
        return self.hub.world.ledger.size("own")

    def follow(self) -> None:
        mine, size = self.node.world.ledger.size("alliance"), self.hub.world.ledger.size("own")
        if mine < size:
            bodies = tuple(self.hub.world.ledger.bodies("own", mine, size))
            self.node.follow("log.follow", Follow(bodies=bodies, note=self.hub.world.ledger.checkpoint("own")))

    def hear(self, *given: Consent) -> None:
        """The terms arrive."""
        sender = Actor(id="hospital-b", party="hospital-b", roles=frozenset({Role.PARTY}))
        self.node.do(sender, "consent.carry", Carry(bodies=tuple(Body(terms=c.terms, salt=c.salt) for c in given)))

    def found(self, given: Consent) -> Consent:
        kept: Consent = self.node.find(Consent, given.id)
        return kept

    def close(self) -> None:
        self.hub.close()
        self.node.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("order", [o for o in permutations(("given", "revoked", "heard")) if o.index("given") < o.index("revoked")])
def test_a_consent_given_and_revoked_has_both_places_whenever_its_terms_arrive(tmp_path: Path, order: tuple[str, ...]) -> None:
    pair = Pair(tmp_path)
    given, revoked = pair.orders(GIVEN), 0
    try:
        for step in order:
            if step == "heard":
                pair.hear(GIVEN)
            elif step == "given":
                pair.follow()
            else:
                revoked = pair.orders(GIVEN, "revoke")
                pair.follow()
        kept = pair.found(GIVEN)
        assert (kept.index, kept.revoked, kept.state) == (given - 1, revoked - 1, "revoked")
        assert not unheard_before(pair.node.world, revoked)
    finally:
        pair.close()


def test_between_its_two_places_a_consent_was_in_force(pair: Pair) -> None:
    given = pair.orders(DENIED)
    revoked = pair.orders(DENIED, "revoke")
    pair.follow()
    pair.hear(DENIED)
    kept = pair.found(DENIED)
    assert [kept.in_force(size) for size in (given - 1, given, revoked - 1, revoked)] == [False, True, True, False]


def test_a_consent_the_log_names_and_nobody_has_told_holds_up_tasks_from_its_place_on(pair: Pair) -> None:
    before = pair.hub.world.ledger.size("own")
    size = pair.orders(GIVEN)
    pair.follow()
    assert [unheard_before(pair.node.world, s) for s in (before, size)] == [0, 1]
    pair.hear(GIVEN)
    assert unheard_before(pair.node.world, size) == 0


def test_only_the_party_that_committed_a_consent_takes_it_back(pair: Pair) -> None:
    pair.orders(GIVEN, by="hospital-b")
    pair.orders(GIVEN, "revoke", by="hospital-c")
    pair.follow()
    pair.hear(GIVEN)
    assert pair.found(GIVEN).state == "active"


def test_terms_that_come_again_change_nothing(pair: Pair) -> None:
    pair.orders(GIVEN)
    pair.follow()
    pair.hear(GIVEN, DENIED)
    before = pair.found(GIVEN)
    pair.hear(GIVEN)
    assert pair.found(GIVEN) == before


def test_a_log_that_contradicts_the_terms_is_refused_and_the_terms_are_not_kept(pair: Pair) -> None:
    pair.orders(GIVEN, "deny")
    pair.follow()
    with pytest.raises(DujiangError) as caught:
        pair.hear(GIVEN)
    assert caught.value.rule == "consent.contradiction" and pair.node.find(Consent, GIVEN.id) is None
