"""Pseudonyms: one person, one project, one value; nothing to join by without the key."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import Malformed
from dujiang.identify import pseudonyms as p

SECRET, OTHER = b"s" * 32, b"t" * 32
handles = st.lists(st.text("0123456789abcdef", min_size=64, max_size=64), min_size=1, max_size=20, unique=True)
names = st.text(max_size=20)


@given(names, handles)
def test_the_same_person_in_the_same_project_always_has_the_same_pseudonym(project: str, some: list[str]) -> None:
    assert p.project_pseudonyms(SECRET, project, some) == [p.project_pseudonym(SECRET, project, h) for h in some]
    assert all(len(v) == 32 for v in p.project_pseudonyms(SECRET, project, some))


@given(names, names, handles)
def test_two_projects_have_no_value_in_common(one: str, other: str, some: list[str]) -> None:
    common = set(p.project_pseudonyms(SECRET, one, some)) & set(p.project_pseudonyms(SECRET, other, some))
    assert bool(common) == (one == other)


@given(names, handles)
def test_a_project_and_a_release_of_the_same_name_have_no_value_in_common(name: str, some: list[str]) -> None:
    assert not set(p.project_pseudonyms(SECRET, name, some)) & set(p.release_pseudonyms(SECRET, name, some))


@given(names, handles)
def test_two_keys_have_no_value_in_common(name: str, some: list[str]) -> None:
    for bulk in (p.project_pseudonyms, p.release_pseudonyms):
        assert not set(bulk(SECRET, name, some)) & set(bulk(OTHER, name, some))


@given(names, handles)
def test_two_persons_never_share_a_pseudonym_and_none_shows_its_handle(name: str, some: list[str]) -> None:
    values = p.release_pseudonyms(SECRET, name, some)
    assert len(set(values)) == len(some)
    assert not {v.hex() for v in values} & set(some)


def test_a_release_pseudonym_is_the_single_form_of_the_bulk_one() -> None:
    assert (
        p.release_pseudonym(SECRET, "rel-1", "ab" * 32)
        == p.release_pseudonyms(SECRET, "rel-1", ["cd" * 32, "ab" * 32])[1]
    )


def test_a_release_pseudonym_is_aes_256_of_each_half_added_to_that_half_under_a_derived_key() -> None:
    key, handle = p.derived(SECRET, b"dujiang/pseudonym/release/v2\x00" + "研究一".encode()), bytes(range(32))
    cipher = Cipher(AES(key), ECB()).encryptor()
    expected = bytes(a ^ b for half in (handle[:16], handle[16:]) for a, b in zip(half, cipher.update(half), strict=True))
    assert p.release_pseudonym(SECRET, "研究一", handle.hex()) == expected


@pytest.mark.parametrize("handles", [["ab" * 31], ["ab" * 33], ["zz" * 32], ["ab" * 31, "ab" * 33], [" " + "ab" * 31 + "a"]])
def test_only_a_handle_can_get_a_release_pseudonym_and_what_it_was_is_not_repeated(handles: list[str]) -> None:
    with pytest.raises(Malformed) as refused:
        p.release_pseudonyms(SECRET, "rel-1", handles)
    assert refused.value.rule == "persons.handle" and handles[0] not in str(refused.value.facts) + refused.value.en


def test_the_construction_is_hmac_sha256_under_a_derived_key() -> None:
    key = hmac.new(SECRET, b"dujiang/pseudonym/project/v1\x00" + "研究一".encode(), hashlib.sha256).digest()
    assert p.project_pseudonym(SECRET, "研究一", "ab" * 32) == hmac.new(key, b"ab" * 32, hashlib.sha256).digest()


def test_nobody_to_name_gives_no_names() -> None:
    assert p.project_pseudonyms(SECRET, "study", []) == p.release_pseudonyms(SECRET, "study", []) == []


def test_handles_persons_and_numbers_live_in_domains_of_their_own() -> None:
    made = {p.number_handle(SECRET, "a", "b"), p.local_handle(SECRET, "a", "b"), p.number_handle(SECRET, "a|b", "")}
    assert len(made) == 3
    assert not any(h.startswith(p.person_id(SECRET, "a", 1)[2:]) for h in made)
    assert p.person_id(SECRET, "zone-1", 7).startswith("p-") and len(p.person_id(SECRET, "zone-1", 7)) == 26


def test_a_short_key_is_refused() -> None:
    with pytest.raises(Malformed) as refused:
        p.project_pseudonym(b"short", "study", "ab" * 32)
    assert refused.value.rule == "persons.key" and "short" not in str(refused.value.facts)


def test_a_nodes_names_are_those_made_one_by_one_and_its_mark_changes_with_key_and_party() -> None:
    names = p.Names(SECRET, "node-a")
    person = names.own("zone-a", 7)
    assert (person, names.local(person)) == (p.person_id(SECRET, "zone-a", 7), p.local_handle(SECRET, "node-a", person))
    assert names.number("CN-ID", "1") == p.number_handle(SECRET, "CN-ID", "1")
    marks = {p.Names(SECRET, "node-a").mark(), p.Names(SECRET, "node-b").mark(), p.Names(OTHER, "node-a").mark()}
    assert len(marks) == 3 and names.mark() in marks


def test_a_derived_key_is_32_bytes_and_another_for_every_use() -> None:
    assert len({p.derived(SECRET, use) for use in (b"a", b"b", b"")}) == 3 and len(p.derived(SECRET, b"a")) == 32
    with pytest.raises(Malformed, match=r"persons\.key"):
        p.derived(b"short", b"a")
