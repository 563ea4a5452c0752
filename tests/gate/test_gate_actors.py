"""Who calls is known by a token of which only the digest is kept; a wrong or a closed one is nobody's."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.act import HUB_ID
from dujiang.errors import DujiangError, Malformed, Refused
from dujiang.gate import actors
from dujiang.gate.actors import PUBLIC, RESERVED, Account, check_party_id, known
from dujiang.words import STAFF, Role
from gate.gate_office import Office, somebody

OPERATOR = somebody(Role.OPERATOR)


@pytest.fixture
def hub(url: str, tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, HUB_ID, url)
    yield office
    office.close()


def appoint(hub: Office, *roles: str, party: str = "university", key: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = hub.do(OPERATOR, "account.appoint", {"party": party, "roles": list(roles), "label": "applicant"}, key=key)
    return answer


def test_whoever_holds_the_token_is_the_account_with_its_roles_and_party(hub: Office) -> None:
    made = appoint(hub, "applicant", "checker")
    actor = known(hub.world.tables, made["token"])
    assert (actor.id, actor.party, actor.roles) == (made["account"], "university", {Role.APPLICANT, Role.CHECKER})


def test_nobody_s_token_is_the_public_s(hub: Office) -> None:
    assert known(hub.world.tables, "") is PUBLIC and PUBLIC.roles == {Role.PUBLIC}


def test_a_wrong_token_is_refused_however_near_it_comes(hub: Office) -> None:
    token = appoint(hub, "applicant")["token"]
    account = token.partition(".")[0]
    for wrong in (account, account + ".", token[:-1], token + "0", token.upper(), "x" + token, token.replace(".", ".."), f"u-{'0' * 16}.{token.partition('.')[2]}",
                  "u-nobody.x", ".", "王小明", "\0", " " + token, hub.find(Account, account).digest, f"{account}.{hub.find(Account, account).digest}"):
        with pytest.raises(Refused, match="gate.token") as refusal:
            known(hub.world.tables, wrong)
        assert wrong not in refusal.value.en or wrong == "."


def test_a_closed_account_s_token_is_refused_like_a_wrong_one(hub: Office) -> None:
    made = appoint(hub, "applicant")
    hub.do(OPERATOR, "account.close", id=made["account"])
    with pytest.raises(Refused, match="gate.token") as closed:
        known(hub.world.tables, made["token"])
    with pytest.raises(Refused, match="gate.token") as wrong:
        known(hub.world.tables, "u-nobody.x")
    assert closed.value.en == wrong.value.en and hub.state(Account, made["account"]) == "closed"
    with pytest.raises(DujiangError, match="account.state"):
        hub.do(OPERATOR, "account.close", id=made["account"])


def test_tokens_are_compared_by_their_digests_in_constant_time(hub: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    token = appoint(hub, "applicant")["token"]
    compared: list[tuple[Any, Any]] = []

    def watched(a: Any, b: Any) -> bool:
        compared.append((a, b))
        return secrets.compare_digest(a, b)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    known(hub.world.tables, token)
    assert compared == [(hashlib.sha256(token.encode()).hexdigest(),) * 2]


@pytest.mark.parametrize("key", ["", "post:applicant"])
def test_a_token_is_stored_nowhere_in_the_clear_and_never_in_an_entry(hub: Office, key: str) -> None:
    made = appoint(hub, "applicant", key=key)
    secret = made["token"].partition(".")[2]
    assert len(secret) == 48 and not any(secret in row for rows in hub.dump().values() for row in rows)
    assert secret.encode() not in b"".join(p.read_bytes() for p in hub.folder.glob("*.db*"))
    assert made["account"] in str(hub.entries()) and secret not in str(hub.entries())
    if key:
        assert appoint(hub, "applicant", key=key) == made


def test_two_accounts_never_share_a_token(hub: Office) -> None:
    tokens = {appoint(hub, "applicant")["token"] for _ in range(20)}
    assert len(tokens) == len({t.partition(".")[0] for t in tokens}) == 20


@pytest.mark.parametrize("roles", [[], *([r.value] for r in set(Role) - STAFF), ["steward", "person"], ["applicant", "system"]])
def test_only_posts_of_staff_are_appointed_and_at_least_one(hub: Office, roles: list[str]) -> None:
    with pytest.raises(Refused, match="account.role"):
        appoint(hub, *roles)
    assert hub.all(Account) == []


@pytest.mark.parametrize("party", ["", "王小明", "Wang", "wang xiaoming", "110101199003078888", "h110101199003078888", "p-110101199003078888",
                                   "p-13812345678", "a--b", "-a", "a-", "a_b", "a/b", "a\n", "a" * 41, *sorted(RESERVED)])
def test_a_party_s_id_that_could_name_somebody_or_be_taken_for_another_is_malformed(hub: Office, party: str) -> None:
    with pytest.raises(Malformed, match="party.id"):
        appoint(hub, "applicant", party=party)
    assert hub.all(Account) == [] and hub.refusals() == [("account.appoint", "party.id")]


@pytest.mark.parametrize("party", ["hub", "university", "hospital-a", "regulator", "min-river-2026", "a", "h3"])
def test_an_ordinary_party_s_id_is_taken(party: str) -> None:
    check_party_id(party)


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_whatever_is_taken_as_a_party_s_id_is_short_plain_and_without_a_long_number(text: str) -> None:
    try:
        check_party_id(text)
    except Malformed:
        return
    assert text.isascii() and text.islower() and len(text) <= actors.LONGEST_ID and not any(text[i : i + 9].isdigit() for i in range(len(text) - 8))


def test_the_list_of_accounts_shows_posts_but_no_digest_and_no_person(hub: Office) -> None:
    made = appoint(hub, "applicant")
    hub.keep(Account(id="u-person", state="active", party="hospital-a", roles=frozenset({Role.PERSON}), digest="d" * 64, subject="handle"))
    found = hub.do(OPERATOR, "account.list")
    assert [a["id"] for a in found] == [made["account"]] and all(not a["digest"] for a in found) and "handle" not in str(found)


def test_an_actor_of_many_accounts_is_still_one_account_each(hub: Office, office: Callable[..., Office]) -> None:
    made = appoint(hub, "applicant")
    with pytest.raises(Refused, match="gate.token"):
        known(office("hospital-a").world.tables, made["token"])
