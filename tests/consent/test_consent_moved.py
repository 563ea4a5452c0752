"""A denial follows its person: a number found later, a merge, a split and a correction change a handle, and the no goes along; a yes does not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dujiang.act import HUB_ID, Actor
from dujiang.consent.acts import Commit
from dujiang.consent.consents import Consent, Terms, Use, consent, mask
from dujiang.errors import DujiangError
from dujiang.gate import letters
from dujiang.identify import acts as identifying
from dujiang.identify.acts import Indexed
from dujiang.identify.persons import PersonIndex
from dujiang.identify.rulings import Ruling
from dujiang.standardise.standardise import Snapshot
from dujiang.words import HEALTH_RESEARCH, Role
from gate.gate_office import Office, introduce, somebody
from identify.identify_node import IDENTITY, SECRET

SYSTEM = frozenset({Role.SYSTEM})
NUMBER = "110101199003070038"
WANG: dict[str, Any] = {"person_id": 1, "family": "王", "given": "小明", "full_name": "王小明", "birth_date": "1990-03-07", "sex": "male"}
LI: dict[str, Any] = {"person_id": 2, "family": "李", "given": "伟", "full_name": "李伟", "birth_date": "1971-01-02", "sex": "male"}
USE = Use(recipient="university", purpose=HEALTH_RESEARCH, classes=("person",), mode="compute", day="2026-01-01")


class Node:
    """A hospital's office that indexes what a test writes."""

    def __init__(self, folder: Path) -> None:
        for party in ("hub", "node"):
            (folder / party).mkdir()
        self.hub = Office(folder / "hub", HUB_ID, f"sqlite:///{folder / 'hub.db'}")
        self.office = Office(folder / "node", "hospital-a", f"sqlite:///{folder / 'node.db'}")
        introduce(self.hub, self.office)
        if not self.office.world.keys.has("persons"):
            self.office.world.keys.put("persons", SECRET)
        self._made = 0

    def index(self, *people: dict[str, Any]) -> PersonIndex:
        """Another snapshot of the zone, indexed as the job does it and recorded by the act."""
        world = self.office.world
        self._made += 1
        snapshot = f"s-{self._made}"
        blank = dict.fromkeys(IDENTITY)
        with world.frames() as frames:
            frames.load("people", IDENTITY, ({**blank, **p} for p in people))
            frames.save("SELECT * FROM people", "zone-a", f"std/{snapshot}/x_identity.parquet")
        self.office.keep(Snapshot(id=snapshot, state="standardised", zone="zone-a", arrivals=(), mapping_version="", tables=()))
        done = identifying.run(world, identifying.Index(), lambda done, of: None)
        self.office.follow("persons.indexed", Indexed(index=done.index))
        return done.index

    def handle(self, record: int) -> str:
        world = self.office.world
        newest = world.tables.all(PersonIndex)[-1]
        with world.frames() as frames:
            rows = frames.rows(f"SELECT handle FROM read_parquet('{frames.url('zone-identity', newest.file)}') WHERE person_id = {record}")
        return str(rows[0][0])

    def given(self, record: int, effect: str) -> Consent:
        """A consent that stands in the log."""
        one = consent(Terms(subject=self.handle(record), effect=effect, purposes=("*",)), bytes(32), mine=True)  # type: ignore[arg-type]
        self.office.keep(one.with_(index=0, state="active", by="hospital-a"))
        return one

    def effects(self, record: int) -> list[str]:
        """What is said under the handle a record has now."""
        return sorted(c.terms.effect for c in self.office.all(Consent) if c.terms.subject == self.handle(record))

    def excluded(self, record: int) -> bool:
        """Whether the record's person stays out once the log has everything."""
        placed = [c.with_(index=max(c.index, 0)) for c in self.office.all(Consent)]
        return bool(mask({"p": self.handle(record)}, placed, USE, 1).excluded)

    def account(self, subject: str) -> Actor:
        return somebody(Role.PERSON, id="u-me", party="hospital-a", subject=subject)

    def close(self) -> None:
        self.hub.close()
        self.office.close()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path)
    yield made
    made.close()


def ruling(kind: str, *sets: tuple[str, ...]) -> Ruling:
    return Ruling(id=f"rl-{kind}", state="in_force", kind=kind, sets=sets, reason="saw the household book", by="u", at="2026-01-01")


def test_a_denial_follows_a_person_whose_number_is_found_later(node: Node) -> None:
    node.index(WANG, LI)
    before = node.handle(1)
    node.given(1, "deny")
    node.index({**WANG, "id_number": NUMBER}, LI)
    assert node.handle(1) != before and node.effects(1) == ["deny"] and node.effects(2) == []


def test_a_denial_wins_over_the_permit_of_the_person_it_is_merged_with(node: Node) -> None:
    node.index(WANG, {**LI, "id_number": NUMBER})
    node.given(1, "deny")
    node.given(2, "permit")
    assert not node.excluded(2)
    node.office.keep(ruling("merge", ("zone-a/1", "zone-a/2")))
    node.index(WANG, {**LI, "id_number": NUMBER})
    assert node.handle(1) == node.handle(2) and node.effects(2) == ["deny", "permit"] and node.excluded(2)


def test_a_denial_goes_with_both_halves_of_a_person_who_is_parted(node: Node) -> None:
    same = {**WANG, "id_number": NUMBER}
    node.index(same, {**same, "person_id": 2})
    assert node.handle(1) == node.handle(2)
    node.given(1, "deny")
    node.office.keep(ruling("split", ("zone-a/1",), ("zone-a/2",)))
    node.index(same, {**same, "person_id": 2})
    assert node.handle(1) != node.handle(2) and node.excluded(1) and node.excluded(2)
    assert [node.effects(n) for n in (1, 2)] == [["deny"], ["deny"]]


def test_a_permit_does_not_follow_for_unknown_means_no(node: Node) -> None:
    node.index(WANG)
    node.given(1, "permit")
    node.index({**WANG, "id_number": NUMBER})
    assert node.effects(1) == [] and node.excluded(1)


def test_what_was_taken_back_or_already_stands_is_not_filed_again(node: Node) -> None:
    node.index(WANG, LI)
    old = node.given(1, "deny")
    node.index({**WANG, "id_number": NUMBER}, LI)
    assert len(node.office.all(Consent)) == 2
    node.index({**WANG, "id_number": NUMBER}, LI, {**LI, "person_id": 3, "full_name": "赵六", "family": "赵", "given": "六"})
    node.index(WANG, LI)  # the number was a mistake: the old handle still says no
    assert len(node.office.all(Consent)) == 2 and node.handle(1) == old.terms.subject and node.excluded(1)
    taken = node.given(2, "deny")
    node.office.keep(taken.with_(index=0, revoked=1, state="revoked", by="hospital-a"))
    node.index(WANG, {**LI, "id_number": NUMBER})
    assert node.effects(2) == ["deny"]  # the first person's, who had that number once: nobody can tell, and no is safe


def test_the_denial_is_committed_to_the_log_and_names_nobody(node: Node) -> None:
    node.index(WANG)
    node.given(1, "deny")
    node.index({**WANG, "id_number": NUMBER})
    sent = [letters.read(x.envelope) for x in node.office.post.outgoing()]
    (commit,) = [x for x in sent if x.type == "consent.commit"]
    (item,) = commit.body["items"]
    assert item["effect"] == "deny" and set(item) == {"commitment", "effect"} and Commit
    assert node.handle(1) not in str(sent) and node.handle(1) not in str(node.office.entries())
    entry = next(e for e in node.office.entries() if e["act"] == "consent.refile")
    assert entry["facts"]["consents"] == 1


def test_nothing_is_filed_where_nobody_denied_or_no_handle_changed(node: Node) -> None:
    node.index(WANG, LI)
    node.given(1, "permit")
    node.index({**WANG, "id_number": NUMBER}, LI)
    node.given(2, "deny")
    node.index({**WANG, "id_number": NUMBER}, LI, {**LI, "person_id": 3, "full_name": "赵六", "family": "赵", "given": "六"})
    assert len(node.office.all(Consent)) == 2


def test_only_the_system_refiles(node: Node) -> None:
    for role in set(Role) - {Role.SYSTEM}:
        with pytest.raises(DujiangError):
            node.office.do(somebody(role, party="hospital-a", subject="h"), "consent.refile", {"before": "i-1", "after": "i-2"})


def test_an_account_opened_under_the_old_handle_still_speaks_for_its_person(node: Node) -> None:
    node.index(WANG, LI)
    me = node.account(node.handle(1))
    node.index({**WANG, "id_number": NUMBER}, LI)
    given = node.office.do(me, "consent.permit", {"purposes": ["*"]})["consents"]
    assert node.effects(1) == ["permit"] and not node.excluded(1)
    node.office.do(me, "consent.deny", {"purposes": ["*"]})
    assert node.effects(1) == ["deny", "permit"] and node.excluded(1)
    seen = node.office.do(me, "consent.list")
    assert {c["id"] for c in seen} >= set(given) and len(seen) == 3  # one yes, and a no under either handle
    node.office.do(me, "consent.revoke", {"id": given[0]})
    stranger = node.account(node.handle(2))
    assert node.office.do(stranger, "consent.list") == []
    with pytest.raises(DujiangError, match="consent.unknown"):
        node.office.do(stranger, "consent.revoke", {"id": given[0]})
