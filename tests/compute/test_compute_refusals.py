"""A task that may not run, or does not add up, ends with its reason: one holder's no, a lying holder, a hub that tells holders different things."""

import base64
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from compute.compute_alliance import APPLICANT, QUERY, Alliance, Seat, people_of
from dujiang.act import Actor
from dujiang.compute.layout import layout
from dujiang.compute.masks import mask, ring_for
from dujiang.compute.query import Everyone, Has, Query
from dujiang.compute.tasks import Answered, Evidence
from dujiang.errors import Conflict, Malformed, Refused
from dujiang.request.permits import Permit
from dujiang.words import INSURANCE, Party, Role


def order_of(alliance: Alliance, node: Seat, **changes: Any) -> dict[str, Any]:
    """The order that lies at the hub for a node, changed."""
    plain: dict[str, Any] = msgspec.to_builtins(alliance.order_for(node))
    return {**plain, **msgspec.to_builtins(changes)}


def ordered(alliance: Alliance, node: Seat, **changes: Any) -> str:
    """What became of an order that the hub sent changed like this: the rule that refused, empty when the run completed."""
    alliance.follow(node)
    order = order_of(alliance, node, **changes)
    node.do(node.as_hub(), "task.order", order)
    node.work()
    return node.run(order["task"]).rule


def as_party(node: Seat) -> Actor:
    return Actor(id=node.party, party=node.party, roles=frozenset({Role.PARTY}))


def answered(alliance: Alliance, task: str, **changes: Any) -> dict[str, Any]:
    """All holders compute; what `a` is about to send, changed, and sent to the hub."""
    for node in alliance.nodes.values():
        alliance.down(node)
        node.work()
    a = alliance.nodes["a"]
    sent = alliance.partial_of(a)
    evidence = {k: v for k, v in changes.items() if k in Evidence.__struct_fields__}
    vector = changes.get("vector", sent.vector)
    alliance.hub.do(as_party(a), "task.partial", Answered(id=task, vector=vector, evidence=msgspec.structs.replace(sent.evidence, **evidence)))
    found = alliance.task(task)
    return {"state": found.state, "rules": {p.holder: p.rule for p in found.parts if p.rule}, "rule": found.rule}


def test_one_holders_no_ends_the_task_with_its_reason_and_the_others_figures_are_not_taken(alliance: Alliance) -> None:
    task = alliance.submit()
    no = alliance.nodes["bb"]
    permit = no.world.tables.get(Permit, "k-bb")
    no.keep(permit.with_(state="suspended"))
    for node in alliance.nodes.values():
        alliance.down(node)
        node.work()
    fates = {name: alliance.up(alliance.nodes[name])[-1].fate for name in ("a", "bb", "ccc")}
    found = alliance.task(task)
    (part,) = [p for p in found.parts if p.state == "refused"]
    assert (found.state, part.holder, part.rule) == ("failed", "bb", "permit.state")
    assert part.reason is not None and "suspended" in part.reason.en and "suspended" in part.reason.zh
    assert fates == {"a": "done", "bb": "done", "ccc": "refused"} and alliance.release(task) is None


def test_a_second_no_is_taken_in_too(alliance: Alliance) -> None:
    task = alliance.submit()
    for name in ("a", "bb"):
        node = alliance.nodes[name]
        node.keep(node.world.tables.get(Permit, f"k-{name}").with_(state="revoked"))
    alliance.settle()
    assert {p.holder: p.state for p in alliance.task(task).parts} == {"a": "refused", "bb": "refused", "ccc": "waiting"}


def test_a_permit_revoked_while_the_task_waits_here_stops_it(alliance: Alliance) -> None:
    node = alliance.nodes["a"]
    task = alliance.submit()
    alliance.down(node)
    assert node.run(task).state == "running"
    node.keep(node.world.tables.get(Permit, "k-a").with_(state="revoked"))
    node.work()
    assert (node.run(task).state, node.run(task).rule) == ("refused", "permit.state")


def test_only_the_hub_orders_and_only_once_under_one_id(alliance: Alliance) -> None:
    node = alliance.nodes["a"]
    alliance.submit()
    order = order_of(alliance, node)
    with pytest.raises(Refused, match="task.sender"):
        node.do(as_party(alliance.nodes["bb"]), "task.order", order)
    alliance.down(node)
    for again in (order, order_of_query(order, Query()), {**order, "permit": "k-bb"}):
        with pytest.raises(Conflict, match="task.repeated"):
            node.do(node.as_hub(), "task.order", again)


def order_of_query(order: dict[str, Any], query: Query) -> dict[str, Any]:
    return {**order, "query": msgspec.to_builtins(query)}


@pytest.mark.parametrize("task", ["", "t", "t-", "r-1234", "../t-1", "t-a/b", "t-a.b", "t-" + "a" * 65, "T-12", "u-1234"])
def test_a_task_whose_id_would_name_anothers_release_or_file_is_refused(lasting: Alliance, task: str) -> None:
    lasting.submit()
    with pytest.raises(Malformed, match="task.id"):
        lasting.nodes["a"].do(lasting.nodes["a"].as_hub(), "task.order", order_of(lasting, lasting.nodes["a"], task=task))


def test_masks_are_made_with_admitted_peers_only(alliance: Alliance) -> None:
    alliance.submit()
    holders = order_of(alliance, alliance.nodes["a"])["holders"]
    forged = [{**holders[0]}, {**holders[1], "seal": holders[2]["seal"]}, holders[2]]
    assert ordered(alliance, alliance.nodes["a"], holders=forged) == "task.peer"
    node = alliance.nodes["bb"]
    node.keep(node.world.tables.get(Party, "ccc").with_(state="joined"))
    assert ordered(alliance, node) == "task.peer"


def test_a_holder_that_the_task_does_not_name_computes_nothing(alliance: Alliance) -> None:
    alliance.submit()
    node = alliance.nodes["a"]
    assert ordered(alliance, node, holders=order_of(alliance, node)["holders"][1:]) == "task.holders"
    node = alliance.nodes["bb"]
    assert ordered(alliance, node, holders=[]) == "task.holders"


def test_a_hub_that_asks_each_holder_something_else_gets_no_sum(lasting: Alliance) -> None:
    """It could otherwise make the others' figures nothing, and the total would be the one's."""
    task = lasting.submit()
    nothing = msgspec.structs.replace(QUERY, cohort=Has(table="condition_occurrence", codes=QUERY.cohort.codes, at_least=1_000_000))  # type: ignore[union-attr]
    lasting.down(lasting.nodes["a"])
    lasting.nodes["a"].work()
    for name in ("bb", "ccc"):
        node = lasting.nodes[name]
        assert ordered(lasting, node, query=nothing) == "" and node.run(task).included == 0
    with pytest.raises(Exception, match="sum.incomplete"):
        lasting.totals(task, [lasting.partial_of(node) for node in lasting.nodes.values()])
    for node in lasting.nodes.values():
        lasting.up(node)
    assert (lasting.task(task).state, lasting.task(task).rule) == ("failed", "sum.incomplete") and lasting.release(task) is None


@pytest.mark.parametrize("told", [{"day": "2020-01-01"}, {"recipient": "university"}, {"size": None}])
def test_holders_that_were_told_another_checkpoint_or_day_do_not_add_up(lasting: Alliance, told: dict[str, Any]) -> None:
    task = lasting.submit()
    if "size" in told:
        told = {"size": 1, "root": lasting.hub.world.ledger.root("own", 1).hex()}
    node = lasting.nodes["a"]
    assert ordered(lasting, node, **told) == ""
    for name in ("bb", "ccc"):
        lasting.down(lasting.nodes[name])
        lasting.nodes[name].work()
    partials = [lasting.partial_of(n) for n in lasting.nodes.values()]
    if told == {"recipient": "university"}:  # as everybody was told
        assert lasting.totals(task, partials) == lasting.expected()
    else:
        with pytest.raises(Exception, match="sum.incomplete"):
            lasting.totals(task, partials)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"content": "0" * 64}, "evidence.content"), ({"vkey": "another"}, "evidence.form"), ({"included": -1}, "evidence.form"), ({"excluded": -1}, "evidence.form"),
    ({"mask": "张三"}, "evidence.form"), ({"root": "x"}, "evidence.form"), ({"vector": ""}, "sum.shape"), ({"vector": "no base64 !"}, "sum.shape"),
    ({"vector": "AAAA"}, "sum.shape"), ({"vector": base64.b64encode(b"\0" * 16 * 3).decode()}, "sum.shape"),
]


@pytest.mark.parametrize(("changes", "rule"), WRONG)
def test_a_part_that_cannot_be_one_ends_the_task_and_names_its_holder(lasting: Alliance, changes: dict[str, Any], rule: str) -> None:
    found = answered(lasting, lasting.submit(), **changes)
    assert (found["state"], found["rules"]) == ("failed", {"a": rule})


def test_a_part_that_does_not_add_up_ends_the_task(lasting: Alliance) -> None:
    task = lasting.submit()
    junk = base64.b64encode(ring_for(3).write([7] * (layout(QUERY).length + 2))).decode()
    assert answered(lasting, task, vector=junk)["state"] == "submitted"
    for name in ("bb", "ccc"):
        lasting.up(lasting.nodes[name])
    found = lasting.task(task)
    assert (found.state, found.rule) == ("failed", "sum.incomplete") and found.reason is not None and lasting.release(task) is None
    assert [p.vector for p in found.parts] == ["", "", ""]


def test_figures_that_no_real_data_can_have_end_the_task(lasting: Alliance) -> None:
    task = lasting.submit()
    a, form = lasting.nodes["a"], layout(QUERY)
    lie = [0] * form.length
    lie[form.place(0, "contributors")] = 10**6  # more contributors than persons
    order = lasting.order_for(a)
    peers = {h.id: base64.b64decode(h.seal) for h in order.holders if h.id != "a"}
    hidden = mask(lie, me="a", peers=peers, private=a.world.keys.get("seal"), task=order.bond(), ring=ring_for(3))
    answered(lasting, task, vector=base64.b64encode(ring_for(3).write(hidden)).decode())
    for name in ("bb", "ccc"):
        lasting.up(lasting.nodes[name])
    assert (lasting.task(task).state, lasting.task(task).rule) == ("failed", "partial.impossible")


def test_a_holders_part_is_taken_once_and_from_holders_only(lasting: Alliance) -> None:
    task = lasting.submit()
    for node in lasting.nodes.values():
        lasting.down(node)
        node.work()
    sent = lasting.partial_of(lasting.nodes["a"])
    for stranger in (Actor(id="university", party="university", roles=frozenset({Role.PARTY})), Actor(id="hub", party="hub", roles=frozenset({Role.PARTY}))):
        with pytest.raises(Refused, match="task.holder"):
            lasting.hub.do(stranger, "task.partial", sent)
    lasting.hub.do(as_party(lasting.nodes["a"]), "task.partial", sent)
    with pytest.raises(Refused, match="task.holder"):
        lasting.hub.do(as_party(lasting.nodes["a"]), "task.partial", sent)
    with pytest.raises(Refused, match="task.holder"):
        lasting.hub.do(as_party(lasting.nodes["a"]), "task.refused", {"id": task, "rule": "x", "reason": {"en": "e", "zh": "z"}})


def test_a_no_under_a_strange_rule_is_still_a_no(lasting: Alliance) -> None:
    task = lasting.submit()
    lasting.hub.do(as_party(lasting.nodes["a"]), "task.refused", {"id": task, "rule": "张三 13812345678", "reason": {"en": "e", "zh": "z"}})
    assert {p.rule for p in lasting.task(task).parts if p.state == "refused"} == {"task.refused"}


def test_the_runs_of_a_permit_are_used_up(tmp_path: Path) -> None:
    alliance = Alliance(tmp_path, {name: people_of(name) for name in ("a", "b", "c")}, runs=1)
    first, second = alliance.submit(), alliance.submit()
    alliance.settle()
    assert [alliance.task(t).state for t in (first, second)] == ["combined", "failed"]
    assert {p.rule for p in alliance.task(second).parts} == {"permit.runs"}
    alliance.close()


def test_a_refusal_at_once_uses_no_run(alliance: Alliance) -> None:
    alliance.submit()
    node = alliance.nodes["a"]
    assert ordered(alliance, node, purpose=INSURANCE) == "permit.purpose"
    assert node.world.tables.get(Permit, "k-a").used == 0


SUBMITS: list[tuple[dict[str, Any], str]] = [
    ({"query": Query(by=QUERY.by, of=QUERY.of, measures=("persons", "histogram"), edges=(Decimal(1), Decimal(2)))}, "permit.method"),
    ({"query": Query(cohort=Has(table="observation", codes=QUERY.of.codes))}, "permit.column"),  # type: ignore[union-attr]
    ({"query": Query(cohort=Everyone()), "holders": ["a", "elsewhere"]}, "task.no_permit"),
    ({"query": Query(cohort=Everyone()), "holders": ["elsewhere"]}, "task.no_permit"),
]


@pytest.mark.parametrize(("asked", "rule"), SUBMITS)
def test_what_every_holder_would_refuse_is_refused_before_it_is_ordered(lasting: Alliance, asked: dict[str, Any], rule: str) -> None:
    before = [len(lasting.lying(node)) for node in lasting.nodes.values()]
    with pytest.raises(Refused, match=rule):
        lasting.hub.do(APPLICANT, "task.submit", {"request": "q-1", **msgspec.to_builtins(asked)})
    assert [len(lasting.lying(node)) for node in lasting.nodes.values()] == before


def test_a_task_waits_for_every_holders_permit(alliance: Alliance) -> None:
    permit = alliance.hub.world.tables.get(Permit, "k-bb")
    alliance.hub.keep(permit.with_(state="offered"))
    with pytest.raises(Refused, match="permit.state.*bb"):
        alliance.submit()
    assert alliance.submit(holders=("a", "ccc"))


def alliance_of(folder: Path, *sizes: int) -> Alliance:
    return Alliance(folder, {name: people_of(name, many) for name, many in zip("abcd", sizes, strict=False)})


def outcome(alliance: Alliance, query: Query = QUERY, holders: tuple[str, ...] = ()) -> tuple[str, set[str]]:
    task = alliance.submit(query, holders)
    alliance.settle()
    found = alliance.task(task)
    alliance.close()
    return found.state, {p.rule for p in found.parts if p.rule}


@pytest.mark.parametrize(("many", "expected"), [(9, ("failed", {"size.alone"})), (10, ("combined", set()))])
def test_a_holder_alone_counts_at_least_ten_persons(tmp_path: Path, many: int, expected: tuple[str, set[str]]) -> None:
    assert outcome(alliance_of(tmp_path, many)) == expected


@pytest.mark.parametrize(
    ("sizes", "query", "expected"),
    [
        ((8, 30), Query(), ("failed", {"size.alone"})), ((18, 30), QUERY, ("failed", {"size.pair"})), ((18, 30), Query(), ("combined", set())),
        ((20, 30), QUERY, ("combined", set())), ((19, 30), Query(cohort=QUERY.cohort, by=QUERY.by), ("failed", {"size.pair"})),
    ],
)
def test_of_two_holders_each_counts_at_least_ten_persons_in_every_cell_it_has_any_in(
    tmp_path: Path, sizes: tuple[int, ...], query: Query, expected: tuple[str, set[str]]
) -> None:
    assert outcome(alliance_of(tmp_path, *sizes), query) == expected


def test_of_three_holders_each_may_count_few_for_the_rules_apply_to_the_sum(tmp_path: Path) -> None:
    assert outcome(alliance_of(tmp_path, 2, 30, 1)) == ("combined", set())
