"""Who may do what is what the table of acts says: generated from it, for every act, every role and every place."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dujiang.act import HUB, HUB_ID, NODE, Act
from dujiang.doors.api import path_of
from dujiang.doors.calls import do
from dujiang.errors import DujiangError, Unknown
from dujiang.gate.acts import ACTS, LIVES, WORKS
from dujiang.words import Role
from gate.gate_office import Office, somebody

ROOT = Path(__file__).parents[2]
PLACES = {HUB: HUB_ID, NODE: "hospital-a"}


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Office]]:
    made = {}
    for place, party in PLACES.items():
        folder = tmp_path_factory.mktemp(place)
        made[place] = Office(folder, party, f"sqlite:///{folder / 'control.db'}")
    yield made
    for office in made.values():
        office.close()


def rule_of(office: Office, act: Act, role: Role, only: frozenset[str] = frozenset()) -> str:
    """The rule by which somebody of that role and no other is refused the act; empty when they are not."""
    try:
        office.gate.perform(somebody(role, party=office.party, only=only), act.name, {})
    except DujiangError as refusal:
        return refusal.rule
    return ""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("act", ACTS.values(), ids=lambda act: act.name)
def test_an_act_is_refused_for_who_asks_exactly_where_the_table_does_not_name_the_role(offices: dict[str, Office], act: Act, place: str) -> None:
    """And such a refusal is one entry without facts, but never for a look or a stranger."""
    office = offices[place]
    for role in Role:
        before = len(office.bodies())
        rule = rule_of(office, act, role, frozenset({act.name}))
        if place not in act.where:
            assert rule == "gate.act" and len(office.bodies()) == before, role
            continue
        assert (rule == "gate.who") == (role not in act.who) and rule != "gate.app", (role, rule)
        if rule == "gate.who":
            new = office.entries()[before:]
            assert [(e["act"], e["refused"], "facts" in e) for e in new] == [(act.name, "gate.who", False)] * (not act.look and role is not Role.PUBLIC), role


@pytest.mark.parametrize("act", ACTS.values(), ids=lambda act: act.name)
def test_an_app_does_only_what_its_permit_names_and_nothing_when_it_names_nothing(offices: dict[str, Office], act: Act) -> None:
    for place in act.where:
        assert rule_of(offices[place], act, Role.APP) == "gate.app"
        assert rule_of(offices[place], act, Role.APP, frozenset({"another.act"})) == "gate.app"


def test_more_roles_allow_what_each_allows_and_no_more(offices: dict[str, Office]) -> None:
    both = somebody(Role.AUDITOR, Role.CHECKER)
    offices[HUB].gate.perform(both, "account.list", {})
    with pytest.raises(DujiangError, match="gate.who"):
        offices[HUB].gate.perform(both, "party.invite", {"party": "hospital-z", "name": {"en": "Z", "zh": "丙"}})


def test_an_account_without_any_role_may_do_nothing_at_all(offices: dict[str, Office]) -> None:
    for place, office in offices.items():
        for act in ACTS.values():
            if place in act.where:
                with pytest.raises(DujiangError, match="gate.who"):
                    office.gate.perform(somebody(id="u-0"), act.name, {})


@pytest.mark.parametrize("name", ["", "request", "request.", "Request.draft", "request.draft ", "gate.perform", "王小明", "110101199003078888"])
def test_what_is_not_listed_cannot_be_done_and_is_not_said_back_when_it_could_be_a_person(offices: dict[str, Office], name: str) -> None:
    with pytest.raises(Unknown, match="gate.act") as unknown:
        offices[HUB].gate.perform(somebody(*Role), name, {})
    assert "王" not in unknown.value.en + unknown.value.zh and "1101" not in unknown.value.en


@pytest.mark.parametrize("act", ACTS.values(), ids=lambda act: act.name)
def test_every_act_has_two_sentences_a_route_a_command_and_a_line_in_the_manual(act: Act) -> None:
    assert act.says.en.isascii() and act.says.en[0].isupper() and not act.says.en.endswith(".")
    assert any("\u4e00" <= c <= "\u9fff" for c in act.says.zh)
    kind, _, verb = act.name.partition(".")
    assert kind and verb and path_of(act) == f"/{kind}/{verb}"
    context = click.Context(do)
    group = do.get_command(context, kind)
    assert isinstance(group, click.Group) and group.get_command(context, verb) is not None
    row = next(line for line in (ROOT / "docs/acts.md").read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{act.name}`"))
    assert act.says.en in row and act.says.zh in row


def test_every_move_of_an_act_is_a_row_of_a_life_in_the_manual_and_every_work_ends_with_an_act() -> None:
    page = (ROOT / "docs/lives.md").read_text(encoding="utf-8")
    for act in ACTS.values():
        if act.move is not None:
            life = LIVES[act.name.partition(".")[0]]
            assert act.move in life.moves and f"## {life.kind}\n" in page and act.on is not None and life.kind == act.on.KIND
    for work in WORKS.values():
        assert ACTS[work.ends].who == {Role.SYSTEM} and work.says.en and work.says.zh


def test_an_act_by_the_system_alone_is_not_for_anybody_who_can_sign_in(offices: dict[str, Office]) -> None:
    people = somebody(*(set(Role) - {Role.SYSTEM, Role.PARTY}), only=frozenset(ACTS))
    for act in ACTS.values():
        if act.who == {Role.SYSTEM}:
            for place in act.where:
                with pytest.raises(DujiangError, match="gate.who"):
                    offices[place].gate.perform(people, act.name, {})
