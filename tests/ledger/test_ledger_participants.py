"""Everyone in a release can be shown to be in it, everyone else to be absent, and nobody both."""

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import Malformed, Refused
from dujiang.ledger import participants, tree
from dujiang.ledger.participants import Gap, Neighbour, Standing

pseudonyms = st.binary(min_size=32, max_size=32)
crowds = st.sets(pseudonyms, max_size=40)


def crowd(size: int) -> list[bytes]:
    return [hashlib.sha256(str(i).encode()).digest() for i in range(size)]


@given(crowds)
def test_the_root_is_that_of_the_strictly_sorted_leaves_whatever_their_order(values):
    expected = tree.root([tree.leaf_hash(value) for value in sorted(values)])
    assert participants.root(values) == participants.root(sorted(values, reverse=True)) == expected


def test_the_root_of_nobody_is_that_of_the_empty_tree():
    assert participants.root([]) == hashlib.sha256().digest()


@given(crowds, pseudonyms)
def test_whoever_is_in_can_show_it_and_whoever_is_not_can_show_that(values, stranger):
    root, count = participants.root(values), len(values)
    for one in values:
        assert participants.verify_use(root, count, one, participants.prove_use(values, one))
    values.discard(stranger)
    root, count = participants.root(values), len(values)
    assert participants.verify_non_use(root, count, stranger, participants.prove_non_use(values, stranger))


@given(crowds.filter(bool), st.data())
def test_no_proof_shows_a_member_to_be_absent(values, data):
    """Every gap between leaves that really stand in the tree, tried on every member."""
    ordered = sorted(values)
    member = data.draw(st.sampled_from(ordered))
    root, count = participants.root(values), len(values)
    leaves = [Neighbour(value=v, standing=participants.prove_use(values, v)) for v in ordered]
    for left in [None, *leaves]:
        for right in [None, *leaves]:
            assert not participants.verify_non_use(root, count, member, Gap(left=left, right=right))


@given(crowds.filter(bool), pseudonyms, st.data())
def test_no_standing_of_a_member_shows_a_stranger_to_be_in(values, stranger, data):
    values.discard(stranger)
    if values:
        member = data.draw(st.sampled_from(sorted(values)))
        proof = participants.prove_use(values, member)
        assert not participants.verify_use(participants.root(values), len(values), stranger, proof)


@pytest.mark.parametrize("size", range(0, 18))
def test_absence_is_shown_before_the_first_between_each_two_and_after_the_last(size):
    values = [bytes(30) + (2 * i + 1).to_bytes(2, "big") for i in range(size)]
    root = participants.root(values)
    for gap in range(size + 1):
        absent = bytes(30) + (2 * gap).to_bytes(2, "big")
        proof = participants.prove_non_use(values, absent)
        assert (proof.left is None, proof.right is None) == (gap == 0, gap == size)
        assert participants.verify_non_use(root, size, absent, proof)


def test_absence_from_an_empty_release_needs_its_root_and_its_count():
    gap = participants.prove_non_use([], bytes(32))
    assert gap == Gap(left=None, right=None)
    assert participants.verify_non_use(tree.EMPTY, 0, bytes(32), gap)
    assert not participants.verify_non_use(tree.EMPTY, 1, bytes(32), gap)
    assert not participants.verify_non_use(tree.EMPTY, -1, bytes(32), gap)
    assert not participants.verify_non_use(participants.root(crowd(1)), 0, bytes(32), gap)


def test_leaves_that_are_not_adjacent_do_not_show_absence():
    values = sorted(crowd(9))
    middle = values[4]
    without = [v for v in values if v != middle]
    honest = participants.prove_non_use(without, middle)
    left = Neighbour(value=values[3], standing=participants.prove_use(values, values[3]))
    right = Neighbour(value=values[5], standing=participants.prove_use(values, values[5]))
    root = participants.root(values)
    assert not participants.verify_non_use(root, 9, middle, Gap(left=left, right=right))
    assert not participants.verify_non_use(root, 9, middle, honest)
    assert not participants.verify_non_use(root, 9, middle, Gap(left=left, right=None))
    assert not participants.verify_non_use(root, 9, middle, Gap(left=None, right=right))


def test_one_end_of_the_tree_does_not_stand_for_the_other():
    values = sorted(crowd(5))
    before, after = bytes(32), b"\xff" * 32
    root = participants.root(values)
    first, last = participants.prove_non_use(values, before), participants.prove_non_use(values, after)
    assert participants.verify_non_use(root, 5, before, first) and participants.verify_non_use(root, 5, after, last)
    assert not participants.verify_non_use(root, 5, after, first)
    assert not participants.verify_non_use(root, 5, before, last)
    assert not participants.verify_non_use(root, 5, after, Gap(left=None, right=None))


@given(crowds, pseudonyms, st.data())
def test_a_standing_with_any_bit_of_its_path_changed_is_refused(values, one, data):
    values.add(one)
    proof = participants.prove_use(values, one)
    if proof.path:
        at, bit = data.draw(st.integers(0, len(proof.path) - 1)), data.draw(st.integers(0, 255))
        path = list(proof.path)
        path[at] = (int.from_bytes(path[at], "big") ^ (1 << bit)).to_bytes(32, "big")
        spoilt = msgspec.structs.replace(proof, path=tuple(path))
        assert not participants.verify_use(participants.root(values), len(values), one, spoilt)


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
    assert not participants.verify_use(tree.leaf_hash(bytes(size)), 1, bytes(size), Standing(index=0, path=()))
    assert not participants.verify_non_use(tree.EMPTY, 0, bytes(size), Gap(left=None, right=None))


def test_twenty_thousand_participants_have_short_proofs():
    values = crowd(20_000)
    root = participants.root(iter(values))
    proof = participants.prove_use(values, values[12_345])
    assert len(proof.path) <= 15
    assert participants.verify_use(root, 20_000, values[12_345], proof)
