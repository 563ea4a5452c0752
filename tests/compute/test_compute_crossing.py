"""The wall: only the listed types can be packed, each comes out as it went in, and what must be sealed never goes in the clear."""

import json
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.compute_given import queries
from dujiang.act import Named, Nothing
from dujiang.compute import crossing
from dujiang.compute.crossing import SEALED_ONLY, TYPES, PersonsKey, ReleaseNotice, pack, unpack
from dujiang.compute.guard import Holder, Order
from dujiang.compute.query import Query
from dujiang.compute.tasks import Combined, Evidence, Run, Task
from dujiang.consent.acts import Body, Carry, Commit
from dujiang.consent.consents import Consent, Mask, Terms
from dujiang.errors import DujiangError, Malformed, Refused
from dujiang.gate.acts import ACTS
from dujiang.ledger.canonical import canonical
from dujiang.request.permits import PermitTerms
from dujiang.words import PURPOSES, Role, Word

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
whole = st.integers(-(2**53) + 1, 2**53 - 1)
days = st.dates().map(lambda d: d.isoformat())
SPECIAL: dict[Any, st.SearchStrategy[Any]] = {
    str: texts, int: whole, bool: st.booleans(), Query: queries(),
    Terms: st.builds(Terms, subject=texts, effect=st.sampled_from(["permit", "deny"]),
        purposes=st.lists(st.sampled_from(["*", *PURPOSES]), min_size=1, max_size=3).map(tuple),
                     recipients=st.lists(texts, min_size=1, max_size=2).map(tuple), until=st.just("") | days),
}
# Fields that are checked at birth.
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "task": st.from_regex(r"t-[0-9A-Za-z]{1,16}", fullmatch=True), "runs": st.integers(1, 999), "until": days,
    "salt": st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
}


def any_(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type, from its annotations."""
    if kind in SPECIAL:
        return SPECIAL[kind]
    if get_origin(kind) is tuple:
        return st.lists(any_(get_args(kind)[0]), max_size=3).map(tuple)
    if get_origin(kind) is dict:
        return st.dictionaries(any_(get_args(kind)[0]), any_(get_args(kind)[1]), max_size=3)
    if get_args(kind):  # a choice of words, or a type or nothing
        choices = [st.just(a) if isinstance(a, str) else st.none() if a is type(None) else any_(a) for a in get_args(kind)]
        return st.one_of(choices)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind)
        return st.builds(kind, **{name: FIELDS[name] if name in FIELDS and kind in (Body, Order, PermitTerms) else any_(hints[name]) for name in kind.__struct_fields__})
    return st.sampled_from(list(kind))


@pytest.mark.parametrize("act", TYPES)
@given(data=st.data())
def test_every_type_that_may_cross_comes_out_as_it_went_in(act: str, data: st.DataObject) -> None:
    value = data.draw(any_(TYPES[act]))
    packed = pack(act, value, sealed=True)
    assert unpack(act, json.loads(canonical(packed))) == value


NOT_LISTED = [
    ("task.order", Query()), ("task.order", Named(id="x")), ("permit.start", Nothing()), ("task.partial", Combined(task="t", totals=("1",))),
    ("release.submit", Combined(task="t", totals=())),
    ("snapshot.made", Named(id="x")), ("", Named(id="x")), ("consent.commit", Mask(excluded=frozenset({"p"}), root="", size=0)),
    ("task.order", Evidence(content="", mask="", included=0, excluded=0, root="", vkey="")),
]


@pytest.mark.parametrize(("act", "args"), NOT_LISTED)
@pytest.mark.parametrize("sealed", [False, True])
def test_nothing_else_can_be_packed(act: str, args: Word, sealed: bool) -> None:
    with pytest.raises(Refused, match="crossing.type"):
        pack(act, args, sealed=sealed)


def test_a_type_derived_from_a_listed_one_is_not_listed() -> None:
    class Longer(Named, frozen=True):
        secret: str = "what must stay here"

    with pytest.raises(Refused, match="crossing.type"):
        pack("permit.start", Longer(id="k"), sealed=True)


@pytest.mark.parametrize("act", [act for act, kind in TYPES.items() if kind in SEALED_ONLY])
@given(data=st.data())
def test_what_must_be_sealed_is_not_packed_in_the_clear(act: str, data: st.DataObject) -> None:
    with pytest.raises(Refused, match="crossing.type"):
        pack(act, data.draw(any_(TYPES[act])), sealed=False)


def test_consents_and_the_persons_key_go_sealed() -> None:
    assert set(SEALED_ONLY) == {Carry, PersonsKey}


@pytest.mark.parametrize("act", sorted(set(ACTS) - set(TYPES)))
def test_no_other_act_can_be_asked_for_by_letter(act: str) -> None:
    with pytest.raises(Refused, match="crossing.type"):
        unpack(act, {})


def test_what_may_cross_is_what_a_party_may_ask_for_and_its_own_arguments() -> None:
    asked = {name: act.takes for name, act in ACTS.items() if Role.PARTY in act.who and not act.look}
    assert asked == TYPES


@pytest.mark.parametrize("act", TYPES)
@pytest.mark.parametrize("body", [{}, {"id": 7}, {"id": "x", "more": 1}, {"id": None}, {"x": {"y": []}}, {"bodies": "x"}, {"secret": b"".hex(), "extra": ""}])
def test_a_body_of_another_shape_is_refused(act: str, body: dict[str, Any]) -> None:
    with pytest.raises(DujiangError, match="crossing.shape|crossing.type"):
        unpack(act, body)


def test_a_body_of_the_right_shape_but_a_wrong_question_is_refused_with_the_questions_rule() -> None:
    order = Order(task="t-1", request="", permit="", recipient="", purpose="", day="", query=Query(), size=0, root="", holders=(Holder(id="", seal="", permit=""),))
    body = pack("task.order", order, sealed=False)
    with pytest.raises(Malformed, match="query.measures"):
        unpack("task.order", {**body, "query": {"measures": ["median"]}})
    with pytest.raises(Malformed, match="task.id"):
        unpack("task.order", {**body, "task": "../../t"})


def test_a_refusal_says_back_no_more_than_the_name_of_the_act() -> None:
    with pytest.raises(Refused) as refusal:
        unpack("张三" * 100, {"value": "13812345678"})
    assert "13812345678" not in str(refusal.value) and len(refusal.value.en) < 200


@pytest.mark.parametrize("kind", [Consent, Run, Task, Mask])
def test_what_stays_at_its_party_is_not_listed(kind: type[Word]) -> None:
    assert kind not in TYPES.values()


def test_a_notice_of_a_release_holds_no_figure() -> None:
    assert set(ReleaseNotice.__struct_fields__) == {"id", "release", "entry"}
    assert set(Commit.__struct_fields__) == {"items"} and not hasattr(crossing, "Consent")
