"""Tree arithmetic agrees with RFC 6962's own definitions and with the vectors of other implementations."""

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import Malformed
from dujiang.ledger import tree
from shared_data import shared

sizes = st.integers(1, 70)


def leaves(count: int) -> list[bytes]:
    return [tree.leaf_hash(str(i).encode()) for i in range(count)]


def stored(hashes: list[bytes]) -> dict[tuple[int, int], bytes]:
    nodes: dict[tuple[int, int], bytes] = {}
    for size, leaf in enumerate(hashes):
        nodes |= {(level, i): hash for level, i, hash in tree.append(size, getter(nodes), leaf)}
    return nodes


def getter(nodes: dict[tuple[int, int], bytes]) -> tree.Get:
    return lambda level, i: nodes[level, i]


def defined_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return hashlib.sha256(b"\x01" + defined_root(hashes[:k]) + defined_root(hashes[k:])).digest()


def defined_path(m: int, hashes: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1, word for word."""
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if m < k:
        return [*defined_path(m, hashes[:k]), defined_root(hashes[k:])]
    return [*defined_path(m - k, hashes[k:]), defined_root(hashes[:k])]


def defined_subproof(m: int, hashes: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2, word for word."""
    if m == len(hashes):
        return [] if whole else [defined_root(hashes)]
    k = split(len(hashes))
    if m <= k:
        return [*defined_subproof(m, hashes[:k], whole), defined_root(hashes[k:])]
    return [*defined_subproof(m - k, hashes[k:], False), defined_root(hashes[:k])]


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def vectors(kind: str) -> list[tuple[str, dict]]:
    folder = shared(f"conformance/merkle/{kind}")
    return [(str(path.relative_to(folder)), json.loads(path.read_text())) for path in sorted(folder.rglob("*.json"))]


def decoded(text: str) -> bytes:
    return base64.b64decode(text)


def path_of(vector: dict) -> list[bytes]:
    return [*map(decoded, vector["proof"] or [])]


def test_every_published_inclusion_vector_is_judged_as_its_authors_judge_it():
    found = vectors("inclusion")
    wrong = [
        name
        for name, v in found
        if tree.verify_inclusion(
            v["leafIdx"], v["treeSize"], decoded(v["leafHash"]), path=path_of(v), root=decoded(v["root"])
        )
        == v["wantErr"]
    ]
    assert (len(found), wrong) == (98, [])


def test_every_published_consistency_vector_is_judged_as_its_authors_judge_it():
    found = vectors("consistency")
    wrong = [
        name
        for name, v in found
        if tree.verify_consistency(
            v["size1"], v["size2"], decoded(v["root1"]), new_root=decoded(v["root2"]), path=path_of(v)
        )
        == v["wantErr"]
    ]
    assert (len(found), wrong) == (98, [])


def test_the_published_vectors_hold_proofs_of_both_kinds():
    for kind in ("inclusion", "consistency"):
        assert {v["wantErr"] for _, v in vectors(kind)} == {True, False}


def test_a_leaf_and_a_node_of_the_same_bytes_have_different_hashes():
    left, right = leaves(2)
    assert tree.node_hash(left, right) != tree.leaf_hash(left + right)
    assert tree.leaf_hash(b"") == hashlib.sha256(b"\x00").digest()


@pytest.mark.parametrize("size", range(40))
def test_the_root_is_the_one_rfc_6962_defines(size):
    hashes = leaves(size)
    expected = defined_root(hashes)
    assert tree.root(hashes) == expected
    assert tree.root_from(size, getter(stored(hashes))) == expected


@pytest.mark.parametrize("size", range(1, 34))
def test_every_inclusion_path_is_the_one_rfc_6962_defines_and_verifies(size):
    hashes = leaves(size)
    get, root = getter(stored(hashes)), tree.root(hashes)
    for index in range(size):
        path = tree.inclusion(index, size, get)
        assert path == defined_path(index, hashes)
        assert tree.verify_inclusion(index, size, hashes[index], path=path, root=root)


@pytest.mark.parametrize("new", range(1, 34))
def test_every_consistency_path_is_the_one_rfc_6962_defines_and_verifies(new):
    hashes = leaves(new)
    get, root = getter(stored(hashes)), tree.root(hashes)
    for old in range(1, new + 1):
        path = tree.consistency(old, new, get)
        assert path == defined_subproof(old, hashes, True)
        assert tree.verify_consistency(old, new, tree.root(hashes[:old]), new_root=root, path=path)


@given(st.lists(st.integers(0, 20), max_size=8))
def test_leaves_added_in_any_batches_give_the_nodes_of_leaves_added_one_by_one(batches):
    hashes, nodes, size = leaves(sum(batches)), {}, 0
    for many in batches:
        new = tree.extend(size, getter(nodes), hashes[size : size + many])
        nodes |= {(level, i): hash for level, i, hash in new}
        size += many
    assert nodes == stored(hashes)


@given(sizes)
def test_only_complete_nodes_are_made(size):
    assert set(stored(leaves(size))) == {
        (level, i) for level in range(size.bit_length()) for i in range(size >> level)
    }


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_frontier_knows_the_root_at_every_size_from_wherever_it_starts(start, more):
    hashes = leaves(start + more)
    frontier = tree.Frontier.of(start, getter(stored(hashes[:start])))
    for at in range(start, start + more):
        assert frontier.root() == tree.root(hashes[:at])
        frontier.add(hashes[at])
    assert (frontier.size, frontier.root()) == (start + more, tree.root(hashes))


@given(sizes, st.data())
def test_an_inclusion_proof_with_any_bit_changed_is_refused(size, data):
    index = data.draw(st.integers(0, size - 1))
    hashes = leaves(size)
    path = tree.inclusion(index, size, getter(stored(hashes)))
    parts = [hashes[index], tree.root(hashes), *path]
    at, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[at] = flipped(parts[at], bit)
    assert not tree.verify_inclusion(index, size, parts[0], path=parts[2:], root=parts[1])


@given(sizes, st.data())
def test_an_inclusion_proof_of_another_place_or_length_is_refused(size, data):
    index, claimed = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-2, size + 2))
    hashes = leaves(size)
    path, root = tree.inclusion(index, size, getter(stored(hashes))), tree.root(hashes)
    assert tree.verify_inclusion(claimed, size, hashes[index], path=path, root=root) == (claimed == index)
    assert not tree.verify_inclusion(index, size, hashes[index], path=[*path, root], root=root)
    assert not path or not tree.verify_inclusion(index, size, hashes[index], path=path[:-1], root=root)


@given(sizes, st.data())
def test_a_consistency_proof_with_any_bit_changed_is_refused(new, data):
    old = data.draw(st.integers(1, new))
    hashes = leaves(new)
    path = tree.consistency(old, new, getter(stored(hashes)))
    parts = [tree.root(hashes[:old]), tree.root(hashes), *path]
    at, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    parts[at] = flipped(parts[at], bit)
    assert not tree.verify_consistency(old, new, parts[0], new_root=parts[1], path=parts[2:])


@given(sizes, st.data())
def test_a_tree_in_which_an_old_entry_was_altered_is_not_consistent(new, data):
    old = data.draw(st.integers(1, new))
    hashes = leaves(new)
    before = tree.root(hashes[:old])
    hashes[data.draw(st.integers(0, old - 1))] = tree.leaf_hash(b"altered")
    path = tree.consistency(old, new, getter(stored(hashes)))
    assert not tree.verify_consistency(old, new, before, new_root=tree.root(hashes), path=path)


def test_hashes_of_another_length_are_refused_even_where_their_concatenation_is_right():
    left, right = leaves(2)
    root = tree.root([left, right])
    assert tree.verify_inclusion(0, 2, left, path=[right], root=root)
    assert not tree.verify_inclusion(0, 2, left + right[:1], path=[right[1:]], root=root)
    assert not tree.verify_inclusion(1, 2, b"", path=[left + right], root=root)


def test_an_empty_tree_proves_nothing():
    assert tree.root([]) == tree.root_from(0, getter({})) == tree.Frontier().root() == tree.EMPTY
    assert not tree.verify_consistency(0, 0, tree.EMPTY, new_root=tree.EMPTY, path=[])
    assert not tree.verify_consistency(0, 1, tree.EMPTY, new_root=leaves(1)[0], path=[])
    assert not tree.verify_inclusion(0, 0, leaves(1)[0], path=[], root=tree.EMPTY)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_no_path_is_made_for_an_entry_that_is_not_there(index, size):
    with pytest.raises(Malformed) as refusal:
        tree.inclusion(index, size, getter(stored(leaves(3))))
    assert refusal.value.rule == "tree.index"


@pytest.mark.parametrize(("old", "new"), [(0, 3), (3, 2), (-1, 3)])
def test_no_consistency_is_shown_between_sizes_that_cannot_have_it(old, new):
    with pytest.raises(Malformed) as refusal:
        tree.consistency(old, new, getter(stored(leaves(3))))
    assert refusal.value.rule == "tree.sizes"


def test_a_hundred_thousand_leaves_have_the_same_root_every_way():
    hashes = leaves(100_000)
    nodes = {(level, i): hash for level, i, hash in tree.extend(0, getter({}), hashes)}
    frontier = tree.Frontier()
    for hash in hashes:
        frontier.add(hash)
    assert tree.root(hashes) == tree.root_from(len(hashes), getter(nodes)) == frontier.root()


def flipped(hash: bytes, bit: int) -> bytes:
    return (int.from_bytes(hash, "big") ^ (1 << bit)).to_bytes(len(hash), "big")
