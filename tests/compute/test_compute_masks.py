"""Secure sums: exact over any number of holders, nothing to be read in less than all of them, and never a wrong sum."""

import itertools
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from dujiang.compute.layout import MOST
from dujiang.compute.masks import CHECKS, Ring, mask, ring_for, unmask_sum
from dujiang.errors import Broken, Malformed, Refused

NAMES = ("a", "b", "c", "d", "e", "f")
SECRETS = {name: bytes([n]) * 32 for n, name in enumerate(NAMES, 1)}
PUBLIC = {name: X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw() for name, secret in SECRETS.items()}
RINGS = (Ring(bits=64), Ring(bits=128))
TASK = "t-1"
# Points of small order, with which every secret gives the same shared one (RFC 7748, section 6.1).
SMALL_ORDER = [
    bytes(32), (1).to_bytes(32, "little"), bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"), (2**255 - 20).to_bytes(32, "little"), (2**255 - 19).to_bytes(32, "little"),
    (2**255 - 18).to_bytes(32, "little"),
]


def hidden(vector: Sequence[int], me: str, holders: Sequence[str], *, ring: Ring = RINGS[1], task: str = TASK) -> list[int]:
    peers = {name: PUBLIC[name] for name in holders if name != me}
    return mask(vector, me=me, peers=peers, private=SECRETS[me], task=task, ring=ring)


def all_hidden(vectors: Sequence[Sequence[int]], *, ring: Ring = RINGS[1], task: str = TASK) -> list[list[int]]:
    holders = NAMES[: len(vectors)]
    return [hidden(vector, me, holders, ring=ring, task=task) for me, vector in zip(holders, vectors, strict=True)]


@st.composite
def parts(draw: st.DrawFn) -> tuple[Ring, list[list[int]]]:
    """One to six holders' vectors of one length, with figures of any sign up to the ring's limit."""
    ring, holders, length = draw(st.sampled_from(RINGS)), draw(st.integers(1, 6)), draw(st.integers(0, 5))
    most = ring.limit(holders) - 1
    figures = st.one_of(st.integers(-most, most), st.sampled_from([0, 1, -1, most, -most]))
    return ring, [draw(st.lists(figures, min_size=length, max_size=length)) for _ in range(holders)]


@given(parts(), st.randoms(use_true_random=False))
def test_the_masks_cancel_in_the_sum_over_all_holders_in_any_order(found: tuple[Ring, list[list[int]]], dice: object) -> None:
    ring, vectors = found
    masked = all_hidden(vectors, ring=ring)
    dice.shuffle(masked)  # type: ignore[attr-defined]
    assert unmask_sum(masked, ring=ring, holders=len(vectors), task=TASK) == [sum(column) for column in zip(*vectors, strict=True)]


@given(parts())
def test_a_masked_vector_is_whole_ring_elements_and_goes_through_bytes(found: tuple[Ring, list[list[int]]]) -> None:
    ring, vectors = found
    for vector, masked in zip(vectors, all_hidden(vectors, ring=ring), strict=True):
        assert len(masked) == len(vector) + CHECKS and all(0 <= x < ring.size for x in masked)
        assert ring.read(ring.write(masked)) == masked and len(ring.write(masked)) == len(masked) * ring.bits // 8


def share_of_ones(elements: Sequence[int], bits: int) -> float:
    return sum(x.bit_count() for x in elements) / (len(elements) * bits)


@pytest.mark.parametrize("ring", RINGS, ids=lambda r: f"2^{r.bits}")
@pytest.mark.parametrize("holders", [2, 3, 6])
def test_any_company_that_lacks_one_holder_sees_even_bits_whatever_the_figures_are(ring: Ring, holders: int) -> None:
    masked = all_hidden([[0] * 2_000 for _ in range(holders)], ring=ring)
    for size in range(1, holders):
        for company in itertools.combinations(masked, size):
            partial = [sum(column) % ring.size for column in zip(*company, strict=True)]
            # 128,000 bits or more: a share of ones six standard deviations off would be seen once in a thousand million runs.
            assert abs(share_of_ones(partial, ring.bits) - 0.5) < 3 / (len(partial) * ring.bits) ** 0.5
            assert len(set(partial)) == len(partial)


def test_two_vectors_of_figures_cannot_be_told_apart_under_the_mask() -> None:
    small, large = ([n] * 500 for n in (0, 10**30))
    means = []
    for figures in (small, large):
        masked = hidden(figures, "a", NAMES[:3], task=f"t-{figures[0]}")
        means.append(sum(masked) / len(masked) / RINGS[1].size)
    assert all(0.45 < mean < 0.55 for mean in means)


def test_the_same_figures_look_different_in_another_task_ring_or_company() -> None:
    looks = {
        tuple(hidden([7, 8], "a", company, ring=ring, task=task))
        for company in (NAMES[:2], NAMES[:3]) for ring in RINGS for task in ("t-1", "t-2")
    }
    assert len(looks) == 8 and len({x for look in looks for x in look}) == 8 * 4


def test_masks_of_one_task_differ_at_every_place() -> None:
    masked = hidden([0] * 1_000, "a", NAMES[:2])
    assert len(set(masked)) == len(masked)


def test_a_missing_vector_is_no_sum() -> None:
    masked = all_hidden([[1, 2]] * 3)
    for kept in (masked[:2], masked[1:], masked[:1], []):
        for holders in (3, len(kept)):
            with pytest.raises(Broken, match="sum.incomplete"):
                unmask_sum(kept, ring=RINGS[1], holders=holders, task=TASK)


def test_a_doubled_vector_is_no_sum() -> None:
    masked = all_hidden([[1, 2]] * 3)
    for wrong in ([masked[0], masked[0], masked[2]], [*masked, masked[0]], [masked[1]] * 3):
        for holders in (3, 4):
            with pytest.raises(Broken, match="sum.incomplete"):
                unmask_sum(wrong, ring=RINGS[1], holders=holders, task=TASK)


def test_a_vector_of_another_task_ring_or_length_is_no_sum() -> None:
    masked, others = all_hidden([[1, 2]] * 3), all_hidden([[1, 2]] * 3, task="t-2")
    wrong = [[others[0], *masked[1:]], [masked[0], *others[1:]], [masked[0][:-1], *masked[1:]], [masked[0] * 2, *masked[1:]], [[]] * 3, [[1]] * 3]
    for vectors in wrong:
        with pytest.raises(Broken, match="sum.incomplete"):
            unmask_sum(vectors, ring=RINGS[1], holders=3, task=TASK)
    with pytest.raises(Broken, match="sum.incomplete"):
        unmask_sum(others, ring=RINGS[1], holders=3, task=TASK)
    with pytest.raises(Broken, match="sum.incomplete"):
        unmask_sum(all_hidden([[1, 2]] * 3, ring=RINGS[0]), ring=RINGS[1], holders=3, task=TASK)


@given(st.integers(0, 2), st.integers(0, 4), st.integers(1, 2**128 - 1))
def test_a_vector_changed_at_any_place_by_any_amount_is_no_sum(holder: int, place: int, amount: int) -> None:
    masked = all_hidden([[1, 2, 3]] * 3)
    masked[holder][place] = (masked[holder][place] + amount) % RINGS[1].size
    with pytest.raises(Broken, match="sum.incomplete"):
        unmask_sum(masked, ring=RINGS[1], holders=3, task=TASK)


def test_a_change_of_any_single_bit_anywhere_is_no_sum() -> None:
    for place in range(3 + CHECKS):
        for bit in range(128):
            masked = all_hidden([[1, 2, 3]] * 3)
            masked[1][place] ^= 1 << bit
            with pytest.raises(Broken, match="sum.incomplete"):
                unmask_sum(masked, ring=RINGS[1], holders=3, task=TASK)


def test_vectors_of_different_length_share_no_mask() -> None:
    assert not set(hidden([0] * 3, "a", NAMES[:2])) & set(hidden([0] * 5, "a", NAMES[:2]))


@pytest.mark.parametrize("ring", RINGS, ids=lambda r: f"2^{r.bits}")
@pytest.mark.parametrize("holders", [1, 2, 3, 6])
def test_a_figure_that_could_wrap_is_refused_and_the_largest_that_cannot_is_summed(ring: Ring, holders: int) -> None:
    most = ring.limit(holders) - 1
    for figure in (most, -most):
        assert unmask_sum(all_hidden([[figure]] * holders, ring=ring), ring=ring, holders=holders, task=TASK) == [figure * holders]
    for figure in (most + 1, -most - 1, ring.size, -ring.size, 10**60):
        with pytest.raises(Refused, match="sum.overflow"):
            all_hidden([[0, figure]] * holders, ring=ring)


def test_the_ring_is_the_smallest_in_which_nothing_wraps() -> None:
    assert ring_for(3, bound=10**6) == RINGS[0] and ring_for(3) == RINGS[1]
    for holders in (1, 2, 3, 100):
        last = RINGS[0].limit(holders) - 1
        assert ring_for(holders, bound=last) == RINGS[0] and ring_for(holders, bound=last + 1) == RINGS[1]
    with pytest.raises(Refused, match="sum.overflow"):
        ring_for(2, bound=2**127)
    with pytest.raises(Refused, match="sum.overflow"):
        ring_for(2, bound=-1)


def test_the_largest_figure_an_engine_lets_through_fits_the_ring_of_one_holder_or_is_refused() -> None:
    assert RINGS[1].limit(1) > MOST
    with pytest.raises(Refused, match="sum.overflow"):
        all_hidden([[MOST - 1]] * 3)


@pytest.mark.parametrize("holders", [0, -1])
def test_a_sum_has_a_holder(holders: int) -> None:
    with pytest.raises(Malformed, match="sum.holders"):
        ring_for(holders)


@pytest.mark.parametrize("bits", [0, 32, 63, 256])
def test_there_are_two_rings(bits: int) -> None:
    with pytest.raises(Malformed, match="sum.ring"):
        Ring(bits=bits)


@pytest.mark.parametrize("key", SMALL_ORDER, ids=range(len(SMALL_ORDER)))
def test_a_key_of_small_order_is_refused_for_its_mask_would_be_everybodys(key: bytes) -> None:
    with pytest.raises(Malformed, match="sum.key.* b "):
        mask([1], me="a", peers={"b": key}, private=SECRETS["a"], task=TASK, ring=RINGS[1])


@pytest.mark.parametrize("key", [b"", b"x", b"k" * 31, b"k" * 33])
def test_what_is_no_key_is_refused(key: bytes) -> None:
    with pytest.raises(Malformed, match="sum.key"):
        mask([1], me="a", peers={"b": key}, private=SECRETS["a"], task=TASK, ring=RINGS[1])


def test_a_holder_shares_no_mask_with_itself() -> None:
    with pytest.raises(Malformed, match="sum.holders"):
        mask([1], me="a", peers={"a": PUBLIC["a"], "b": PUBLIC["b"]}, private=SECRETS["a"], task=TASK, ring=RINGS[1])


def test_alone_nothing_hides_the_figures() -> None:
    assert hidden([5, -5], "a", ("a",))[:2] == [5, RINGS[1].size - 5]


@given(st.sampled_from(RINGS), st.lists(st.integers(0, 2**64 - 1), max_size=6))
def test_a_ring_writes_big_endian_elements(ring: Ring, elements: list[int]) -> None:
    assert ring.write(elements) == b"".join(x.to_bytes(ring.bits // 8, "big") for x in elements)


@given(st.sampled_from(RINGS), st.binary(max_size=40))
def test_a_ring_reads_whole_elements_only(ring: Ring, data: bytes) -> None:
    if len(data) % (ring.bits // 8):
        with pytest.raises(Malformed, match="sum.bytes"):
            ring.read(data)
    else:
        assert ring.write(ring.read(data)) == data


@given(st.sampled_from(RINGS), st.data())
def test_an_element_stands_for_one_signed_number(ring: Ring, data: st.DataObject) -> None:
    number = data.draw(st.integers(-(ring.size // 2), ring.size // 2 - 1))
    assert ring.centred(number % ring.size) == number
