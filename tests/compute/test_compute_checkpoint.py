"""Consents are read exactly at the checkpoint a task names (invariant 4): what the log says later, or says elsewhere, changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from compute.compute_alliance import QUERY, Alliance, Seat, people_of
from compute.compute_node import handle_of
from dujiang.compute.evaluating import evaluate
from dujiang.consent.acts import Item
from dujiang.consent.consents import Consent
from dujiang.errors import Unavailable


def counted(alliance: Alliance, task: str) -> dict[str, tuple[int, int]]:
    """Included and excluded by holder."""
    evidences = {p.holder: p.evidence for p in alliance.task(task).parts}
    return {holder: (e.included, e.excluded) for holder, e in evidences.items() if e is not None}


def totals(alliance: Alliance, task: str) -> list[int]:
    for node in alliance.nodes.values():
        alliance.down(node)
        node.work()
    return alliance.totals(task, [alliance.partial_of(node) for node in alliance.nodes.values()])


def consent_of(node: Seat, person: str) -> Consent:
    (found,) = [c for c in node.world.tables.all(Consent, parent=handle_of(person)) if c.terms.effect == "permit"]
    return found


def test_a_denial_excludes_the_person_from_every_task_after_it_at_every_holder(alliance: Alliance) -> None:
    node = alliance.nodes["a"]
    node.do(alliance.person("a", "shared"), "consent.deny", {})
    alliance.settle()
    task = alliance.submit()
    assert totals(alliance, task) == alliance.expected(without=lambda person: person == "shared")
    alliance.settle()
    assert counted(alliance, task) == dict.fromkeys(alliance.nodes, (13, 1))


def test_a_revocation_excludes_the_person_from_every_task_that_starts_after_it(alliance: Alliance) -> None:
    node = alliance.nodes["a"]
    before = alliance.submit()
    node.do(alliance.person("a", "a-3"), "consent.revoke", {"id": consent_of(node, "a-3").id})
    alliance.up(node)
    after = alliance.submit()
    assert alliance.task(before).size < alliance.task(after).size
    alliance.settle()
    assert (counted(alliance, before)["a"], counted(alliance, after)["a"]) == ((14, 0), (13, 1))


def test_a_denial_after_the_checkpoint_does_not_change_a_task_that_is_computed_after_the_denial(alliance: Alliance) -> None:
    before = alliance.submit()
    for name in alliance.nodes:
        alliance.nodes[name].do(alliance.person(name, f"{name}-0"), "consent.deny", {})
    for node in alliance.nodes.values():
        alliance.up(node)
    after = alliance.submit()
    for node in alliance.nodes.values():
        alliance.follow(node)  # each knows of the denials before it hears of the earlier task
        assert node.world.ledger.size("alliance") > alliance.task(before).size
    alliance.settle()
    assert counted(alliance, before) == dict.fromkeys(alliance.nodes, (14, 0))
    assert counted(alliance, after) == dict.fromkeys(alliance.nodes, (13, 1))


def test_a_revoked_consent_never_revives(alliance: Alliance) -> None:
    node = alliance.nodes["a"]
    given = consent_of(node, "a-3")
    node.do(alliance.person("a", "a-3"), "consent.revoke", {"id": given.id})
    alliance.settle()
    hub_sees = alliance.hub.as_hub().__class__(id="a", party="a", roles=alliance.hub.as_hub().roles)
    alliance.hub.do(hub_sees, "consent.commit", {"items": [Item(commitment=given.commitment, effect="permit")]})
    alliance.settle()
    task = alliance.submit()
    alliance.settle()
    assert counted(alliance, task)["a"] == (13, 1)


def test_a_person_who_never_said_anything_is_left_out(tmp_path: Path) -> None:
    alliance = Alliance(tmp_path, {name: people_of(name) for name in ("a", "b", "c")}, silent=("a-1", "a-2"))
    task = alliance.submit()
    assert totals(alliance, task) == alliance.expected(without=lambda person: person in ("a-1", "a-2"))
    alliance.close()


def test_a_node_that_has_not_read_the_log_so_far_waits_and_then_completes(alliance: Alliance) -> None:
    node = alliance.nodes["a"]
    alliance.nodes["bb"].do(alliance.person("bb", "shared"), "consent.deny", {})
    alliance.up(alliance.nodes["bb"])
    task = alliance.submit()
    order = alliance.order_for(node)
    alliance.down(node, follow=False)
    with pytest.raises(Unavailable, match="consent.behind"):
        evaluate(node.world, order, None)
    node.work()
    assert node.run(task).state == "running" and len(node.jobs()) == 1 and node.post.outgoing() == []
    alliance.settle()
    assert node.run(task).state == "complete" and counted(alliance, task)["a"] == (13, 1)


def test_a_node_that_lacks_the_terms_of_a_consent_waits_until_they_arrive(alliance: Alliance) -> None:
    node = alliance.nodes["a"]
    (late,) = alliance.permit(alliance.nodes["bb"], {"a-healthy-too"}, heard_by=("bb", "ccc"))
    task = alliance.submit()
    order = alliance.order_for(node)
    alliance.down(node)
    with pytest.raises(Unavailable, match="consent.behind"):
        evaluate(node.world, order, None)
    peer = alliance.nodes["bb"].as_hub().__class__(id="bb", party="bb", roles=alliance.hub.as_hub().roles)
    node.do(peer, "consent.carry", {"bodies": [{"terms": late.terms, "salt": late.salt}]})
    alliance.settle()
    assert node.run(task).state == "complete" and counted(alliance, task)["a"] == (14, 0)


def test_a_consent_of_which_the_terms_lack_only_after_the_checkpoint_holds_up_nothing(alliance: Alliance) -> None:
    task = alliance.submit()
    alliance.permit(alliance.nodes["bb"], {"somebody"}, heard_by=("bb",))
    alliance.settle()
    assert alliance.nodes["a"].run(task).state == "complete"


@pytest.mark.parametrize("change", [{"root": "0" * 64}, {"root": ""}, {"size": 1}, {"size": 0}, {"size": -1}])
def test_a_checkpoint_that_is_none_of_the_alliances_log_is_refused(lasting: Alliance, change: dict[str, object]) -> None:
    lasting.submit()
    node = lasting.nodes["a"]
    order = lasting.order_for(node)
    lasting.follow(node)
    found = evaluate_after(node, {**_plain(order), **change})
    assert found in ("consent.checkpoint", "log.size")


def _plain(order: object) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(order)
    return plain


def evaluate_after(node: Seat, order: dict[str, object]) -> str:
    """The rule by which the node refused the order."""
    node.do(node.as_hub(), "task.order", order)
    node.work()
    return node.run(str(order["task"])).rule


def test_a_consent_that_ran_out_does_not_hold_again_because_the_hub_says_another_day(tmp_path: Path) -> None:
    alliance = Alliance(tmp_path, {name: people_of(name) for name in ("a", "b", "c")}, silent=("a-1",))
    alliance.permit(alliance.nodes["a"], {"a-1"}, until="2020-01-01")
    alliance.settle()
    alliance.submit()
    node = alliance.nodes["a"]
    order = {**_plain(alliance.order_for(node)), "day": "2019-06-01"}
    alliance.follow(node)
    assert evaluate_after(node, order) == ""
    assert node.run(str(order["task"])).excluded == 1
    alliance.close()


@pytest.fixture
def nobody_permits(tmp_path: Path) -> Iterator[Alliance]:
    rows = {name: people_of(name) for name in ("a", "b", "c")}
    found = Alliance(tmp_path, rows, silent=tuple(p for r in rows.values() for p in r.index.values()))
    yield found
    found.close()


def test_where_nobody_permits_every_figure_is_zero(nobody_permits: Alliance) -> None:
    task = nobody_permits.submit(QUERY)
    assert set(totals(nobody_permits, task)) == {0}
    nobody_permits.settle()
    assert counted(nobody_permits, task) == dict.fromkeys(nobody_permits.nodes, (0, 14))
