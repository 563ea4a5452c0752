"""Sources: a name and a region make one id and one zone, in any script, and no two share one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.collect.sources import FORMS, SOURCE_LIFE, check_open, open_source
from dujiang.errors import Malformed, Refused
from dujiang.store.zones import SAFE

NAME = st.text(min_size=1, max_size=80).filter(str.strip)


def test_a_source_has_a_zone_of_its_own() -> None:
    source = open_source("HIS", "north")
    assert (source.id, source.zone, source.state, source.form) == ("source-his-north", "zone-his-north", "open", "auto")


@given(NAME, NAME)
def test_any_words_in_any_script_make_a_zone_that_can_be_stored(name: str, region: str) -> None:
    source = open_source(name, region)
    assert SAFE.fullmatch(source.zone) and "/" not in source.zone and source.zone != "zone-identity"
    assert open_source(f" {name} ".strip() or name, region) == source


@given(st.tuples(NAME, NAME), st.tuples(NAME, NAME))
def test_two_sources_share_a_zone_only_when_they_differ_in_case_and_spacing_alone(one: tuple[str, str], two: tuple[str, str]) -> None:
    same = open_source(*one).zone == open_source(*two).zone
    assert same == (_folded(one) == _folded(two)) or (same and _plain(one) == _plain(two))


def _folded(words: tuple[str, str]) -> tuple[str, ...]:
    return tuple(w.strip().lower() for w in words)


def _plain(words: tuple[str, str]) -> tuple[str, ...]:
    return tuple(w.strip().lower().replace(" ", "_") for w in words)


def test_names_that_would_fold_into_one_do_not() -> None:
    zones = [open_source(*words).zone for words in [("a-b", "c"), ("a", "b-c"), ("a_b", "c"), ("信息科", "c"), ("检验科", "c"), ("é", "c"), ("e", "c")]]
    assert len(set(zones)) == len(zones)


@pytest.mark.parametrize(("name", "region"), [("", "north"), ("HIS", " "), ("x" * 81, "north")])
def test_a_source_without_a_name_or_with_an_endless_one_is_refused(name: str, region: str) -> None:
    with pytest.raises(Malformed, match="source.name"):
        open_source(name, region)


def test_an_unknown_form_is_refused_and_the_choices_are_named() -> None:
    with pytest.raises(Malformed, match="source.form") as caught:
        open_source("HIS", "north", form="paper")
    assert all(form in caught.value.says("zh") for form in FORMS)


def test_a_closed_source_may_be_reopened_and_takes_nothing_meanwhile() -> None:
    assert SOURCE_LIFE.states() == ("open", "closed") and SOURCE_LIFE.ends() == frozenset()
    source = open_source("HIS", "north")
    check_open(source)
    with pytest.raises(Refused, match="source.closed"):
        check_open(source.with_(state="closed"))
    with pytest.raises(Malformed, match="source.state"):
        source.with_(state="lost")
