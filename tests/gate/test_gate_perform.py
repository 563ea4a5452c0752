"""One act, one transaction: all of it happens and is recorded, or nothing of it happens and the refusal is recorded."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dujiang.errors import Broken, Conflict, DujiangError, Malformed, Refused, Unavailable, Unknown
from dujiang.gate import perform
from dujiang.gate.post import Post
from dujiang.store.control import SqlTransaction
from dujiang.words import Role
from gate.gate_office import Office, somebody
from gate.gate_stones import STONE_ACTS, Stone

STEWARD = somebody(Role.STEWARD)
STRANGER = somebody(Role.PUBLIC, id="public", party="")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def hub(url: str, tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, "hub", url, STONE_ACTS)
    yield office
    office.close()


def test_an_act_keeps_records_sends_and_follows_up_and_answers_for_itself(hub: Office) -> None:
    assert hub.do(STEWARD, "stone.both", calls=[["stone.cut", "second"], ["stone.lay", "second"], ["stone.cut", "third"]]) == "first"
    assert [s.id for s in hub.all(Stone)] == ["first", "second", "third"] and hub.state(Stone, "second") == "laid"
    assert [(e["act"], e.get("on"), e.get("to")) for e in hub.entries()] == [
        ("stone.both", "stone:first", "cut"), ("stone.both", None, None), ("stone.both", None, None),
        ("stone.cut", "stone:second", "cut"), ("stone.lay", "stone:second", "laid"), ("stone.cut", "stone:third", "cut"),
    ]
    assert hub.entries()[0]["by"] == {"party": "hub", "account": "u-steward"} and hub.entries()[3]["by"] == {"party": "hub"}
    assert len(hub.post.waiting("hospital-a", 0)) == 1 and hub.world.keys.has("stone-key")
    assert hub.told[-1].letters == 1 and hub.check_log() == 6


@pytest.mark.parametrize(("last", "error", "rule"), [
    ("stone.fall", ZeroDivisionError, ""), ("stone.refuse", Refused, "stone.no"), ("stone.lay", Unknown, "stone.unknown"),
    ("stone.nowhere", Unknown, "gate.act"),
])
def test_a_follow_up_that_fails_leaves_nothing_of_what_went_before(hub: Office, last: str, error: type[Exception], rule: str) -> None:
    before = hub.dump()
    with pytest.raises(error):
        hub.do(STEWARD, "stone.both", calls=[["stone.cut", "second"], [last, "x"]], key="k")
    assert hub.all(Stone) == [] and not hub.world.keys.has("stone-key")
    assert hub.refusals() == ([("stone.both", rule)] if rule else [])
    after = hub.dump()
    assert {t: after[t] for t in ("thing", "call", "letter", "chain")} == {t: before[t] for t in ("thing", "call", "letter", "chain")}
    assert hub.told == []


def test_a_commit_that_fails_leaves_nothing_and_can_be_tried_again(hub: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken, pytest.raises(OSError):
        broken.setattr(SqlTransaction, "remember", full)
        hub.do(STEWARD, "stone.cut", id="s", key="k")
    assert hub.all(Stone) == [] and hub.entries() == []
    assert hub.do(STEWARD, "stone.cut", id="s", key="k") == {"stone": "s"}


def test_a_refusal_is_an_entry_that_holds_the_rule_and_no_value(hub: Office) -> None:
    with pytest.raises(Refused):
        hub.do(STEWARD, "stone.refuse", id="王小明")
    (entry,) = hub.entries()
    assert entry == {"v": 1, "act": "stone.refuse", "at": entry["at"], "by": {"account": "u-steward", "party": "hub"}, "refused": "stone.no"}
    assert hub.check_log() == 1


def test_a_strangers_refusal_is_not_recorded_and_neither_is_not_now(hub: Office) -> None:
    with pytest.raises(Refused):
        hub.do(STRANGER, "stone.refuse", id="x")
    with pytest.raises(Unavailable):
        hub.do(STEWARD, "stone.later", id="x")
    assert hub.entries() == []


def test_a_persons_account_is_never_named_only_that_a_person_acted(hub: Office) -> None:
    person = somebody(Role.PERSON, Role.STEWARD, id="u-123", party="hospital-a", subject="handle")
    hub.do(person, "stone.cut", id="s")
    with pytest.raises(Refused):
        hub.do(person, "stone.refuse", id="s")
    assert [e["by"] for e in hub.entries()] == [{"party": "hospital-a", "role": "person"}] * 2


def test_the_same_key_again_gives_the_first_answer_and_does_nothing(hub: Office) -> None:
    first = hub.gate.perform(STEWARD, "stone.add", {"id": "s", "weight": 3}, key="k")
    before = hub.dump()
    assert [hub.gate.perform(STEWARD, "stone.add", {"weight": 3, "id": "s"}, key="k") for _ in range(3)] == [first] * 3
    assert hub.dump() == before and hub.find(Stone, "s").weight == 3 and len(hub.entries()) == 1


def test_the_same_key_after_a_restart_gives_the_first_answer(hub: Office) -> None:
    first = hub.gate.perform(STEWARD, "stone.add", {"id": "s", "weight": 3}, key="k")
    later = hub.again()
    assert later.gate.perform(STEWARD, "stone.add", {"id": "s", "weight": 3}, key="k") == first
    later.close()


@pytest.mark.parametrize(("act", "args"), [("stone.add", {"id": "s", "weight": 4}), ("stone.add", {"id": "t", "weight": 3}), ("stone.cut", {"id": "s", "weight": 3})])
def test_the_same_key_for_another_call_is_a_conflict_and_nothing_is_done(hub: Office, act: str, args: dict[str, Any]) -> None:
    hub.do(STEWARD, "stone.add", {"id": "s", "weight": 3}, key="k")
    with pytest.raises(Conflict, match="gate.key"):
        hub.do(STEWARD, act, args, key="k")
    assert hub.find(Stone, "s").weight == 3 and hub.find(Stone, "t") is None and hub.refusals() == [(act, "gate.key")]


def test_a_key_is_its_callers_own_and_a_refused_call_does_not_use_it_up(hub: Office) -> None:
    hub.do(STEWARD, "stone.add", {"id": "s", "weight": 3}, key="k")
    hub.do(somebody(Role.STEWARD, id="u-other"), "stone.add", {"id": "s", "weight": 3}, key="k")
    assert hub.find(Stone, "s").weight == 6
    with pytest.raises(Unknown):
        hub.do(STEWARD, "stone.lay", id="late", key="lay")
    hub.do(STEWARD, "stone.cut", id="late")
    assert hub.do(STEWARD, "stone.lay", id="late", key="lay") == {"stone": "late"}


def test_a_kept_answer_is_sealed_and_opens_under_its_own_key_only(hub: Office) -> None:
    hub.do(STEWARD, "stone.echo", value="a token that opens doors", key="k")
    assert not any("token that opens" in row for rows in hub.dump().values() for row in rows)
    with hub.world.transaction() as tx:
        digest, stored = tx.answered("u-steward:k") or ("", b"")
        tx.remember("u-steward:other", digest, stored)
    with pytest.raises(Broken, match="gate.answer"):
        hub.do(STEWARD, "stone.echo", value="a token that opens doors", key="other")


def test_a_move_from_a_wrong_state_is_refused_and_names_the_states_in_both_languages(hub: Office) -> None:
    hub.do(STEWARD, "stone.cut", id="s")
    hub.do(STEWARD, "stone.lay", id="s")
    with pytest.raises(Conflict, match="stone.state") as refusal:
        hub.do(STEWARD, "stone.lay", id="s")
    for said in (refusal.value.en, refusal.value.zh):
        assert "cut, lifted" in said and "laid" in said and "stone.lay" in said
    assert hub.refusals() == [("stone.lay", "stone.state")]


def test_a_step_that_leads_outside_its_row_of_the_table_is_not_kept(hub: Office) -> None:
    hub.do(STEWARD, "stone.cut", id="s")
    hub.do(STEWARD, "stone.lay", id="s")
    with pytest.raises(Conflict, match="gate.move"):
        hub.do(STEWARD, "stone.lift", id="s")
    assert hub.state(Stone, "s") == "laid"


def test_endless_follow_ups_are_refused_and_leave_nothing(hub: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perform, "MOST_FOLLOW_UPS", 30)
    with pytest.raises(Conflict, match="gate.endless"):
        hub.do(STEWARD, "stone.again")
    assert hub.all(Stone) == [] and hub.refusals() == [("stone.again", "gate.endless")]


def test_a_look_writes_nothing_not_even_when_it_is_refused(hub: Office) -> None:
    hub.do(STEWARD, "stone.cut", id="s", weight=7)
    before = hub.dump()
    assert hub.do(STRANGER, "stone.show", id="s") == {"id": "s", "state": "cut", "weight": 7}
    assert hub.do(STRANGER, "stone.show", id="s", key="k") == {"id": "s", "state": "cut", "weight": 7}
    for args in ({"id": "nobody"}, {"id": "\0"}, {"id": 1}, {}):
        with pytest.raises(DujiangError):
            hub.do(STRANGER, "stone.show", args)
    assert hub.dump() == before and len(hub.told) == 1


def test_a_quiet_act_changes_something_without_an_entry(hub: Office) -> None:
    hub.do(STEWARD, "stone.hush", id="s")
    assert hub.state(Stone, "s") == "cut" and hub.entries() == []


def test_a_step_may_not_open_a_transaction_of_its_own(hub: Office) -> None:
    with pytest.raises(Broken, match="gate.nested"):
        hub.do(STEWARD, "stone.nested")


@pytest.mark.parametrize("said", ["王小明", "Wang Xiaoming", "110101199003078888", "11010119900307888X", "130503670401001", "13812345678",
                                  "p-110101199003078888", "a\nb", "\u202e", {"110101199003078888": 1}, ["fine", "李"], {"deep": [{"x": "张三"}]}])
def test_an_act_whose_entry_would_name_somebody_is_not_done(hub: Office, said: Any) -> None:
    with pytest.raises(Refused, match="gate.entry"):
        hub.do(STEWARD, "stone.say", value=said)
    assert hub.all(Stone) == [] and hub.refusals() == [("stone.say", "gate.entry")] and not hub.world.keys.has("said-key")


@pytest.mark.parametrize("said", ["s-0123456789abcdef01234567", "1234567890123456", "u-1234567890123456", "f" * 64, "DUO:0000042", "2026-11-25T00:00:00.000Z",
                                  "alliance.example/hospital-a+7c8f21ab+AZ138123456781234567890123456789012345678=", 10**15, None, True, ["a", {"b": 1}]])
def test_ids_hashes_codes_and_counts_stand_in_entries(hub: Office, said: Any) -> None:
    hub.do(STEWARD, "stone.say", value=said)
    assert hub.entries()[0]["facts"] == {"said": said}


def test_what_was_asked_at_once_by_many_threads_is_all_there(hub: Office) -> None:
    """Eight threads: nothing lost, one entry each, every checkpoint continues the one before."""
    _together(8, lambda n: [hub.do(STEWARD, "stone.add", {"id": "s", "weight": 1}, key=f"{n}:{i}") for i in range(10)])
    assert hub.find(Stone, "s").weight == 80 and hub.check_log() == 80
    assert sorted(e["facts"]["to"] for e in hub.entries()) == list(range(80))


def test_a_double_click_from_eight_threads_is_one_act_with_one_answer(hub: Office) -> None:
    answers = _together(8, lambda _: hub.gate.perform(STEWARD, "stone.add", {"id": "s", "weight": 1}, key="click"))
    assert set(answers) == {b"1"} and hub.find(Stone, "s").weight == 1 and len(hub.entries()) == 1


def test_two_gates_over_one_store_wait_for_one_another(hub: Office) -> None:
    other = hub.again()
    _together(4, lambda n: [(hub, other)[n % 2].do(STEWARD, "stone.add", {"id": "s", "weight": 1}) for _ in range(10)])
    assert hub.find(Stone, "s").weight == 40 and other.check_log() == 40
    other.close()


def test_refusals_beside_acts_from_many_threads_are_all_recorded(hub: Office) -> None:
    def work(n: int) -> None:
        for _ in range(5):
            if n % 2:
                hub.do(STEWARD, "stone.add", {"id": "s", "weight": 1})
            else:
                with pytest.raises(Refused):
                    hub.do(STEWARD, "stone.refuse", id="x")

    _together(8, work)
    assert len(hub.refusals()) == 20 and hub.find(Stone, "s").weight == 20 and hub.check_log() == 40


def _together(threads: int, work: Callable[[int], Any]) -> list[Any]:
    """What each thread's work gave; all begin at once."""
    gate, given, failed = threading.Barrier(threads), [None] * threads, []

    def run(n: int) -> None:
        gate.wait()
        try:
            given[n] = work(n)
        except BaseException as fault:
            failed.append(fault)

    running = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert not failed, failed
    return given


@given(value=JSON)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_answer_comes_back_as_it_was_said_the_first_and_the_second_time(hub: Office, value: Any) -> None:
    args = {"value": value}
    key = json.dumps(value, sort_keys=True)
    first = hub.gate.perform(STEWARD, "stone.echo", args, key=key.encode("unicode_escape").decode())
    assert json.loads(first) == value
    assert hub.gate.perform(STEWARD, "stone.echo", args, key=key.encode("unicode_escape").decode()) == first


@pytest.mark.parametrize("bad", [b"{", b"[]", b"null", b'{"id":"\xff"}', b'{"id":1}', b'{"id":"x","extra":1}', b'{"id":"x","weight":1e999}',
                                 b'{"id":"x","weight":NaN}', b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}", b"\x00", b'{"id":"x"}{}'])
def test_arguments_that_do_not_fit_are_malformed_and_nothing_is_done(hub: Office, bad: bytes) -> None:
    with pytest.raises(Malformed, match="gate.arguments"):
        hub.gate.perform(STEWARD, "stone.cut", bad)
    assert hub.all(Stone) == []


def test_what_is_nested_without_end_is_malformed_where_anything_may_stand(hub: Office) -> None:
    for depth in (2_000, 200_000):
        with pytest.raises(Malformed, match="gate.arguments"):
            hub.gate.perform(STEWARD, "stone.echo", b'{"value":' + b"[" * depth + b"]" * depth + b"}")


def test_the_letter_room_and_the_gate_share_one_log(hub: Office) -> None:
    assert isinstance(hub.post, Post)
    hub.do(STEWARD, "stone.cut", id="s")
    assert hub.check_log() == 1
