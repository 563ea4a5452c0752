"""No name and no identity number stands in a log entry, an error or a server log, whatever the arguments say (invariant 13)."""

import logging
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dujiang.act import HUB, HUB_ID, NODE, Act, Actor
from dujiang.errors import DujiangError
from dujiang.gate.acts import ACTS
from dujiang.gate.arguments import read_args
from dujiang.gate.entries import is_plain
from dujiang.words import PURPOSES, Role
from gate.gate_asking import NAMES, NUMBERS, PEOPLE, SECRETS, arguments, leaks
from gate.gate_office import Office, introduce, somebody
from gate.gate_things import POOLS, furnish

PLACES = {HUB: HUB_ID, NODE: "hospital-a"}
INSIDE = frozenset({Role.SYSTEM, Role.PARTY})  # what nobody asks for at a door: a fault there is told by its type alone
ASKED = {
    "by people": [act for act in ACTS.values() if not act.who <= INSIDE],
    "by the system and by letter": [act for act in ACTS.values() if act.who <= INSIDE],
}


@pytest.fixture(scope="module", params=ASKED)
def offices(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Office]]:
    """Of its own for each half of the acts: the system can record an index whose files are not there, and people would stumble over it."""
    folders = {party: tmp_path_factory.mktemp(party) for party in (*PLACES.values(), "hospital-b")}
    made = {party: Office(folder, party, f"sqlite:///{folder / 'control.db'}") for party, folder in folders.items()}
    introduce(*made.values())
    for office in made.values():
        furnish(office)
    yield {"acts": ASKED[request.param], **{place: made[party] for place, party in PLACES.items()}}  # type: ignore[dict-item]
    for office in made.values():
        office.close()


def who(act: Act, party: str) -> Actor:
    """Somebody who may do it: the sender of a letter, or an account."""
    if Role.PARTY in act.who:
        return Actor(id="hospital-b" if party == HUB_ID else HUB_ID, party=HUB_ID, roles=frozenset({Role.PARTY}))
    return somebody(*sorted(act.who)[:1], id="u-1", party=party, only=frozenset({act.name}), subject="h" * 64)


@cache
def arguments_of(name: str) -> st.SearchStrategy[Any]:
    act = ACTS[name]
    pool = {**POOLS, "purpose": list(PURPOSES), "purposes": [*PURPOSES, "*"], "id": POOLS.get(act.on.KIND if act.on else "id", ["nobody"])}
    return arguments(act.takes, pool)


@st.composite
def asking(draw: st.DrawFn, acts: list[Act]) -> tuple[str, Act, Any]:
    act = draw(st.sampled_from(acts))
    return draw(st.sampled_from(sorted(act.where))), act, draw(arguments_of(act.name))


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_act_lets_a_name_or_a_number_into_the_log_an_error_or_a_server_log(
    offices: dict[str, Office], caplog: pytest.LogCaptureFixture, data: st.DataObject
) -> None:
    place, act, args = data.draw(asking(offices["acts"]))  # type: ignore[arg-type]
    office = offices[place]
    caplog.clear()
    before = len(office.bodies())
    with caplog.at_level(logging.DEBUG):
        try:
            office.gate.perform(who(act, office.party), act.name, args)
        except DujiangError as refusal:
            said = " ".join([refusal.en, refusal.zh, refusal.rule, str(refusal), repr(refusal.facts)])
            assert not leaks(said), said
        except Exception:
            assert act.who <= INSIDE  # everything else is refused in words
    new = [body.decode() for body in office.world.ledger.bodies("own", before, 1000)]
    assert not leaks("\n".join(new)), new
    assert not leaks(caplog.text)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(act=st.sampled_from(list(ACTS.values())), key=PEOPLE, value=PEOPLE, at_top=st.booleans())
def test_a_field_that_an_act_does_not_take_is_not_said_back(act: Act, key: str, value: str, at_top: bool) -> None:
    args = {key: value} if at_top else {"id": {key: value}, "vote": value, "roles": [value], "query": {key: value}}
    with pytest.raises(DujiangError) as refusal:
        read_args(act, args)
    assert not leaks(f"{refusal.value.en} {refusal.value.zh} {refusal.value.facts}")


@pytest.mark.parametrize("secret", SECRETS)
def test_the_guard_knows_each_of_the_names_and_numbers_by_itself(secret: str) -> None:
    assert not is_plain(secret) and not is_plain(f"p-{secret}:x")


@given(st.binary(min_size=32, max_size=32).map(bytes.hex) | st.integers(0, 10**16 - 1).map("u-{:016d}".format))
def test_the_guard_lets_every_hash_and_every_id_of_the_system_pass(text: str) -> None:
    assert is_plain(text)


def test_the_names_and_numbers_of_this_test_are_of_every_form_the_guard_speaks_of() -> None:
    assert {len(n) for n in NUMBERS} == {18, 15, 11} and any(n.isascii() for n in NAMES) and not all(n.isascii() for n in NAMES)
