"""A task over three hospitals: the hub adds up masked figures to exactly what the slow truth says, and sees nothing but the sum."""

import base64
import json

import msgspec
import pytest

from compute.compute_alliance import APPLICANT, QUERY, Alliance, content_of, people_of
from compute.compute_node import handle_of
from dujiang.compute import reference
from dujiang.compute.evaluating import evaluate
from dujiang.compute.guard import Order
from dujiang.compute.masks import ring_for
from dujiang.compute.query import Query
from dujiang.errors import Unknown
from dujiang.identify.pseudonyms import release_pseudonyms
from dujiang.ledger import participants
from dujiang.release.answers import answer_of


def test_a_task_over_three_holders_gives_the_totals_of_the_slow_truth(lasting: Alliance) -> None:
    task = lasting.submit()
    for node in lasting.nodes.values():
        lasting.down(node)
        node.work()
    partials = [lasting.partial_of(node) for node in lasting.nodes.values()]
    totals = lasting.totals(task, partials)
    assert totals == lasting.expected()
    lasting.settle()
    assert lasting.task(task).state == "combined"
    release = lasting.release(task)
    assert release is not None and json.loads(release.answer) == json.loads(json.dumps(answer_of(QUERY, totals).rows))


def test_what_a_holder_sends_is_not_its_figures(lasting: Alliance) -> None:
    lasting.submit()
    for name, node in lasting.nodes.items():
        lasting.down(node)
        node.work()
        plain, _ = reference.run(lasting.rows[name].people(), QUERY)
        sent = ring_for(3).read(base64.b64decode(lasting.partial_of(node).vector))
        assert not set(plain) & set(sent)


def test_no_letter_to_the_hub_names_a_person_or_a_handle(alliance: Alliance) -> None:
    alliance.submit()
    persons = {p for rows in alliance.rows.values() for p in rows.index.values()}
    for node in alliance.nodes.values():
        alliance.down(node)
        node.work()
        for letter in node.post.outgoing():
            assert not any(p.encode() in letter.envelope or handle_of(p).encode() in letter.envelope for p in persons if len(p) > 3)


def test_evidence_tells_sizes_content_and_the_root_of_the_participants(alliance: Alliance) -> None:
    task = alliance.submit()
    alliance.settle()
    for part in alliance.task(task).parts:
        node, rows = alliance.nodes[part.holder], alliance.rows[part.holder]
        sick = [p for p in rows.index.values() if not p.endswith("healthy")]
        assert part.evidence is not None
        assert (part.evidence.included, part.evidence.excluded) == (len(sick), 0)
        assert (part.evidence.content, part.evidence.vkey) == (content_of(part.holder), node.me.vkey)
        values = release_pseudonyms(node.world.keys.get("persons"), "r" + task[1:], [handle_of(p) for p in sick])
        assert part.evidence.root == participants.root(values).hex() == node.run(task).root


def test_a_person_known_at_two_holders_is_one_participant_of_each_under_one_pseudonym(lasting: Alliance) -> None:
    task = lasting.submit()
    lasting.settle()
    found = []
    for node in lasting.nodes.values():
        with node.world.blobs.read("zone-participants", "r" + task[1:]) as file:
            stored = file.read()
        found.append({stored[i : i + 32] for i in range(0, len(stored), 32)})
    assert len(found[0] & found[1] & found[2]) == 1


def test_the_hub_forgets_the_masked_figures_once_they_are_added_up(lasting: Alliance) -> None:
    task = lasting.submit()
    lasting.settle()
    assert [part.vector for part in lasting.task(task).parts] == ["", "", ""]


def test_the_hub_says_on_whom_a_task_waits(alliance: Alliance) -> None:
    task = alliance.submit()
    node = alliance.nodes["bb"]
    alliance.down(node)
    node.work()
    alliance.up(node)
    (listed,) = alliance.hub.do(APPLICANT, "task.list", {})
    assert (listed["id"], listed["state"], listed["waiting_on"]) == (task, "submitted", ["a", "ccc"])
    assert listed["parts"][1]["evidence"]["included"] == 14 and "vector" not in json.dumps(listed)


def test_a_holder_at_which_something_breaks_says_so_and_nothing_of_what_it_was(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("could not convert '110101199003070134' of Zhang San")

    task = alliance.submit()
    with monkeypatch.context() as breaking:
        breaking.setattr("dujiang.compute.engine.run", broken)
        alliance.settle()
    found = alliance.task(task)
    assert found.state == "failed" and {part.rule for part in found.parts} == {"fault.runtimeerror"}
    for node in alliance.nodes.values():
        assert node.run(task).state == "refused" and not any(b"Zhang" in x.envelope or b"1101" in x.envelope for x in node.post.outgoing())


def test_a_task_of_another_applicant_is_not_listed_and_their_request_does_not_exist(alliance: Alliance) -> None:
    alliance.submit()
    other = APPLICANT.__class__(id="u-other", party="university", roles=APPLICANT.roles)
    assert alliance.hub.do(other, "task.list", {}) == []
    with pytest.raises(Unknown, match="request.unknown"):
        alliance.hub.do(other, "task.submit", {"request": "q-1", "query": {}})


def test_the_same_job_run_again_ends_the_same(alliance: Alliance) -> None:
    task = alliance.submit()
    node = alliance.nodes["a"]
    alliance.down(node)
    (job,) = node.jobs()
    order = msgspec.json.decode(job.args, type=Order)
    first, second = (evaluate(node.world, order, None) for _ in range(2))
    assert first == second and first.id == task and first.evidence is not None


@pytest.mark.parametrize("query", [Query(), Query(of=QUERY.of, measures=("persons", "sum", "variance")), Query(by=QUERY.by)])
def test_any_query_of_the_permits_columns_adds_up(lasting: Alliance, query: Query) -> None:
    task = lasting.submit(query)
    for node in lasting.nodes.values():
        lasting.down(node)
        node.work()
    assert lasting.totals(task, [lasting.partial_of(n) for n in lasting.nodes.values()]) == lasting.expected(query)


def test_hospitals_of_very_different_sizes_add_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    alliance = Alliance(tmp_path_factory.mktemp("alliance"), {"a": people_of("a", 1), "b": people_of("b", 40), "c": people_of("c", 2)})
    task = alliance.submit()
    for node in alliance.nodes.values():
        alliance.down(node)
        node.work()
    assert alliance.totals(task, [alliance.partial_of(n) for n in alliance.nodes.values()]) == alliance.expected()
    alliance.close()
