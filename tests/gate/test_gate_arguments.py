"""Arguments are read as the act's type or refused with the place of the fault, in both languages, and never with the value."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.act import Act
from dujiang.errors import Malformed
from dujiang.gate.acts import ACTS
from dujiang.gate.arguments import read_args
from gate.gate_asking import SECRETS, leaks


def refusal(act: str, args: Any) -> Malformed:
    with pytest.raises(Malformed, match="gate.arguments") as found:
        read_args(ACTS[act], args)
    return found.value


@pytest.mark.parametrize(("act", "args", "en", "zh"), [
    ("request.submit", {}, "`id` is missing at $", "缺少 `id`"),
    ("request.submit", {"id": 7}, "at $.id, str is expected, not int", "位置 $.id 应为 str，而非 int"),
    ("request.submit", [], "at $, object is expected, not array", "应为 object"),
    ("request.submit", {"id": "q", "王小明": 1}, "a field that it does not take", "不接受的字段"),
    ("request.review", {"id": "q", "reason": "r", "vote": "王小明"}, "the value at $.vote is not allowed", "位置 $.vote 的值不允许"),
    ("account.appoint", {"party": "a", "label": "x", "roles": ["steward", "王小明"]}, "the value at $.roles[1] is not allowed", "$.roles[1]"),
    ("log.inclusion", {"index": -1}, "at $.index is not allowed", "$.index"),
    ("log.inclusion", {"index": 2**53}, "at $.index is not allowed", "$.index"),
])
def test_the_fault_is_said_with_its_place(act: str, args: Any, en: str, zh: str) -> None:
    found = refusal(act, args)
    assert en in found.en and zh in found.zh and found.facts == {"act": act} and not leaks(found.en + found.zh)


@pytest.mark.parametrize("data", [b"{", b"nul", b'{"id":"x"', b'{"id":"\xff"}', b"\x00", b"\xef\xbb\xbf{}"])
def test_what_is_not_one_whole_object_is_said_to_be_none(data: bytes) -> None:
    found = refusal("request.submit", data)
    assert "whole JSON object" in found.en and "完整的 JSON" in found.zh


def test_no_body_at_all_is_no_arguments() -> None:
    assert read_args(ACTS["log.checkpoint"], b"") == read_args(ACTS["log.checkpoint"], {}) == read_args(ACTS["log.checkpoint"], b"{}")


def test_a_query_s_text_is_a_number_only_where_the_caller_says_so() -> None:
    assert read_args(ACTS["log.entries"], {"start": "3"}, strict=False).start == 3
    assert refusal("log.entries", {"start": "3"}).rule == "gate.arguments"


@given(st.sampled_from(SECRETS), st.sampled_from(["{}", "x` - at `$.{}`", "x' - at `$.{}`", "Object missing required field `{}`", "Expected `{}`, got `str`", "{{}}"]))
def test_nothing_that_is_given_is_said_back_not_even_what_looks_like_the_end_of_a_message(secret: str, form: str) -> None:
    given_ = form.replace("{}", secret)
    for act, args in (
        ("request.submit", {"id": "q", given_: 1}), ("request.submit", {given_: given_}), ("request.review", {"id": "q", "reason": "r", "vote": given_}),
        ("account.appoint", {"party": "a", "label": "x", "roles": [given_]}), ("account.appoint", {"party": "a", "label": "x", "roles": {given_: given_}}),
        ("request.submit", {"id": {given_: given_}}), ("task.submit", {"request": "q", "query": {given_: given_}}),
    ):
        found = refusal(act, args)
        assert not leaks(f"{found.en} {found.zh} {found.facts}"), found


@pytest.mark.parametrize("act", ACTS.values(), ids=lambda act: act.name)
def test_every_act_refuses_what_is_no_object_and_a_field_it_does_not_know(act: Act) -> None:
    for args in (b"[]", b"1", b'"x"', b"null", {"no_such_field": SECRETS[0]}):
        with pytest.raises(Malformed, match="gate.arguments") as found:
            read_args(act, args)
        assert not leaks(found.value.en + found.value.zh)
