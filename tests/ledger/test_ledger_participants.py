"""Everyone in a release can be shown to be in it, everyone else to be absent, and nobody both."""

import hashlib
from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import Malformed, Refused
from dujiang.ledger import participants, tree
from dujiang.ledger.participants import PAGE, Page

pseudonyms = st.binary(min_size=32, max_size=32)


def crowd(size: int, seed: int = 0) -> list[bytes]:
    return [hashlib.sha256(f"{seed}:{i}".encode()).digest() for i in range(size)]


# From nobody to five pages, the last of them full or not.
crowds = st.builds(lambda size, seed: set(crowd(size, seed)), st.integers(0, 5 * PAGE), st.integers(0, 99))


def pages_of(values: set[bytes]) -> list[Page]:
    """Every page of the tree."""
    ordered = sorted(values)
    return [participants.prove_use(values, ordered[at])[0] for at in range(0, len(ordered), PAGE)]


@given(crowds)
def test_the_root_is_that_of_a_tree_of_pages_of_sorted_pseudonyms_whatever_their_order(values):
    ordered = sorted(values)
    expected = tree.root([tree.leaf_hash(b"".join(ordered[at : at + PAGE])) for at in range(0, len(ordered), PAGE)])
    assert participants.root(values) == participants.root(sorted(values, reverse=True)) == expected


def test_the_root_of_nobody_is_that_of_the_empty_tree():
    assert participants.root([]) == hashlib.sha256().digest()


@given(crowds, pseudonyms)
def test_whoever_is_in_can_show_it_and_whoever_is_not_can_show_that(values, stranger):
    root, count = participants.root(values), len(values)
    for one in sorted(values)[:: max(1, count // 7)]:
        assert participants.verify_use(root, count, one, participants.prove_use(values, one))
    values.discard(stranger)
    root, count = participants.root(values), len(values)
    assert participants.verify_non_use(root, count, stranger, participants.prove_non_use(values, stranger))


@given(crowds.filter(bool), st.data())
def test_no_proof_shows_a_member_to_be_absent(values, data):
    """Every one or two pages that really stand in the tree, in any order, tried on a member."""
    member = data.draw(st.sampled_from(sorted(values)))
    root, count, pages = participants.root(values), len(values), pages_of(values)
    for proof in [(), *((page,) for page in pages), *product(pages, pages)]:
        assert not participants.verify_non_use(root, count, member, proof)


@given(crowds.filter(bool), pseudonyms)
def test_no_page_shows_a_stranger_to_be_in(values, stranger):
    values.discard(stranger)
    root, count = participants.root(values), len(values)
    for page in pages_of(values):
        assert not participants.verify_use(root, count, stranger, (page,))
        forged = tuple(sorted([*page.values[1:], stranger]))
        assert not participants.verify_use(root, count, stranger, (msgspec.structs.replace(page, values=forged),))


@pytest.mark.parametrize("size", [0, 1, 2, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 1, 3 * PAGE - 1])
def test_absence_is_shown_before_the_first_between_each_two_and_after_the_last(size):
    values = [bytes(30) + (2 * i + 1).to_bytes(2, "big") for i in range(size)]
    root = participants.root(values)
    for gap in range(size + 1):
        absent = bytes(30) + (2 * gap).to_bytes(2, "big")
        proof = participants.prove_non_use(values, absent)
        assert len(proof) == (2 if 0 < gap < size and gap % PAGE == 0 else min(size, 1))
        assert participants.verify_non_use(root, size, absent, proof)


def test_absence_from_an_empty_release_needs_its_root_and_its_count():
    assert participants.prove_non_use([], bytes(32)) == ()
    assert participants.verify_non_use(tree.EMPTY, 0, bytes(32), ())
    assert not participants.verify_non_use(tree.EMPTY, 1, bytes(32), ())
    assert not participants.verify_non_use(tree.EMPTY, -1, bytes(32), ())
    assert not participants.verify_non_use(participants.root(crowd(1)), 0, bytes(32), ())


def test_pages_that_are_not_adjacent_or_turned_round_do_not_show_absence():
    values = set(crowd(3 * PAGE))
    ordered = sorted(values)
    root, (first, second, third) = participants.root(values), pages_of(values)
    between = (int.from_bytes(ordered[PAGE - 1]) + 1).to_bytes(32)
    assert between not in values and participants.verify_non_use(root, len(values), between, (first, second))
    for wrong in ((first, third), (second, first), (first,), (second,), (first, first), (first, second, third), ()):
        assert not participants.verify_non_use(root, len(values), between, wrong)
    for member in (ordered[PAGE], ordered[2 * PAGE - 1], ordered[PAGE + 5]):
        assert not participants.verify_non_use(root, len(values), member, (first, third))


def test_one_end_of_the_tree_does_not_stand_for_the_other():
    values = set(crowd(2 * PAGE + 5))
    before, after = bytes(32), b"\xff" * 32
    root, count = participants.root(values), len(values)
    first, last = participants.prove_non_use(values, before), participants.prove_non_use(values, after)
    assert participants.verify_non_use(root, count, before, first) and participants.verify_non_use(root, count, after, last)
    assert not participants.verify_non_use(root, count, after, first)
    assert not participants.verify_non_use(root, count, before, last)


def test_a_page_cut_short_stretched_or_out_of_order_is_none():
    """A page claimed under a smaller count must not pass for the last one, nor one shuffled hide who is on it."""
    values = set(crowd(PAGE + 9))
    first, last = pages_of(values)
    root, count, absent = participants.root(values), len(values), b"\xff" * 32
    spoilt = [
        msgspec.structs.replace(last, values=last.values[:-1]), msgspec.structs.replace(last, values=(*last.values, absent)),
        msgspec.structs.replace(last, values=last.values[::-1]), msgspec.structs.replace(last, values=(b"".join(last.values),)),
        msgspec.structs.replace(last, values=()), msgspec.structs.replace(last, index=0), msgspec.structs.replace(last, index=-1), first,
    ]
    assert participants.verify_non_use(root, count, absent, (last,))
    for page in spoilt:
        assert not participants.verify_non_use(root, count, absent, (page,))
        assert not participants.verify_use(root, count, last.values[0], (page,))
    for other in (PAGE, PAGE + 8, PAGE + 10, 2 * PAGE + 9):
        assert not participants.verify_non_use(root, other, absent, (last,))


@given(crowds, pseudonyms, st.data())
def test_a_page_with_any_bit_of_its_path_changed_is_refused(values, one, data):
    values.add(one)
    (proof,) = participants.prove_use(values, one)
    if proof.path:
        at, bit = data.draw(st.integers(0, len(proof.path) - 1)), data.draw(st.integers(0, 255))
        path = list(proof.path)
        path[at] = (int.from_bytes(path[at], "big") ^ (1 << bit)).to_bytes(32, "big")
        spoilt = msgspec.structs.replace(proof, path=tuple(path))
        assert not participants.verify_use(participants.root(values), len(values), one, (spoilt,))


@given(crowds, pseudonyms)
def test_a_proof_of_the_wrong_kind_is_not_made(values, one):
    values.discard(one)
    with pytest.raises(Refused) as refusal:
        participants.prove_use(values, one)
    assert refusal.value.rule == "participants.absent"
    with pytest.raises(Refused) as refusal:
        participants.prove_non_use({*values, one}, one)
    assert refusal.value.rule == "participants.present"


def test_a_participant_counted_twice_is_refused_without_being_named():
    for build in (participants.root, participants.arrange):
        with pytest.raises(Malformed) as refusal:
            build([*crowd(3), crowd(1)[0]])
        assert refusal.value.rule == "participants.repeated"
        assert crowd(1)[0].hex() not in str(refusal.value)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_pseudonym_of_another_length_is_refused(size):
    with pytest.raises(Malformed) as refusal:
        participants.root([bytes(size)])
    assert refusal.value.rule == "participants.size"
    page = Page(index=0, values=(bytes(size),), path=())
    assert not participants.verify_use(tree.leaf_hash(bytes(size)), 1, bytes(size), (page,))
    assert not participants.verify_non_use(tree.EMPTY, 0, bytes(size), ())


def test_twenty_thousand_participants_have_short_proofs():
    values = crowd(20_000)
    root = participants.root(iter(values))
    (page,) = proof = participants.prove_use(values, values[12_345])
    assert len(page.path) <= 10
    assert participants.verify_use(root, 20_000, values[12_345], proof)
