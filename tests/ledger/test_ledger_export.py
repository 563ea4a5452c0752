"""An exported log is verified as a stream, and one altered byte of what its checkpoints cover is refused."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import StaticPool, create_engine

from dujiang.errors import Broken, DujiangError, Malformed
from dujiang.ledger import checkpoint, export, log, note, tree
from dujiang.ledger.canonical import canonical
from dujiang.ledger.checkpoint import Checkpoint
from dujiang.ledger.note import SigningKey
from dujiang.store.schema import metadata

HUB = SigningKey.from_seed("hub.example/log", bytes(range(32)))
OTHER = SigningKey.from_seed("other.example", bytes(range(32)))


def bodies(count: int) -> list[bytes]:
    return [canonical({"n": n, "what": "\u4e2d"}) for n in range(count)]


def signed(size: int, *, key: SigningKey = HUB, of: list[bytes] | None = None) -> str:
    root = tree.root(map(tree.leaf_hash, (of or bodies(size))[:size]))
    return checkpoint.sign(Checkpoint(origin=key.name, size=size, root=root), key)


def exported(count: int, sizes: list[int]) -> list[bytes]:
    return list(export.write_log(HUB.name, [signed(size) for size in sizes], bodies(count)))


def refused(lines: list[bytes], rule: str) -> None:
    with pytest.raises(DujiangError) as refusal:
        export.verify_log(lines, HUB.verifying)
    assert refusal.value.rule == rule


WHOLE = exported(9, [2, 5, 9])


def test_a_whole_log_is_found_whole():
    found = export.verify_log(WHOLE, HUB.verifying)
    assert (found.origin, found.entries, found.covered, found.uncovered) == (HUB.name, 9, 9, 0)
    assert found.checkpoints == 3
    assert found.root == tree.root(map(tree.leaf_hash, bodies(9)))


@given(st.integers(0, 40), st.sets(st.integers(0, 40), min_size=1, max_size=6))
def test_a_log_with_any_checkpoints_verifies_and_what_they_do_not_cover_is_counted(more, sizes):
    ordered = sorted(sizes)
    found = export.verify_log(exported(ordered[-1] + more, ordered), HUB.verifying)
    assert (found.covered, found.uncovered, found.checkpoints) == (ordered[-1], more, len(ordered))


def test_the_finding_names_the_uncovered_entries_in_both_languages():
    said = export.verify_log(exported(12, [4]), HUB.verifying).says
    for sentence in (said.en, said.zh):
        assert HUB.name in sentence and "4" in sentence and "8" in sentence


def test_a_stored_log_is_exported_and_verified():
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    with engine.begin() as tx:
        for body in bodies(7):
            log.append(tx, "own", [body])
            log.sign_checkpoint(tx, "own", HUB)
        lines = export.write_log(HUB.name, log.checkpoints(tx, "own"), log.entries(tx, "own", 0, 100))
        assert export.verify_log(lines, HUB.verifying).covered == 7


def test_lines_are_read_as_they_come_and_never_gathered():
    seen = []

    def lines():
        for number, line in enumerate(WHOLE):
            seen.append(number)
            yield line if number != 3 else b"not json\n"

    with pytest.raises(Malformed):
        export.verify_log(lines(), HUB.verifying)
    assert seen == [0, 1, 2, 3]


@settings(max_examples=500)
@given(st.data())
def test_one_altered_byte_anywhere_is_refused(data):
    whole = b"".join(WHOLE)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda value: value != whole[at]))
    altered = whole[:at] + bytes([other]) + whole[at + 1 :]
    with pytest.raises((Broken, Malformed)):
        export.verify_log(_as_a_file_gives_them(altered), HUB.verifying)


def test_the_lowest_bit_of_every_byte_counts():
    whole = b"".join(WHOLE)
    for at in range(len(whole)):
        altered = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        with pytest.raises((Broken, Malformed)):
            export.verify_log(_as_a_file_gives_them(altered), HUB.verifying)


def _as_a_file_gives_them(data: bytes) -> list[bytes]:
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: [],
        lambda lines: lines[1:],
        lambda lines: [b"\n", *lines],
        lambda lines: [lines[0][:-1], *lines[1:]],
        lambda lines: [json.dumps(json.loads(lines[0])).encode() + b"\n", *lines[1:]],
    ],
)
def test_a_file_without_a_canonical_first_line_is_refused(spoil):
    refused(spoil(list(WHOLE)), "log.header")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "dujiang-log/2"},
        {"more": 1},
        {"checkpoints": []},
        {"checkpoints": None},
        {"checkpoints": [1]},
        {"origin": 1},
    ],
)
def test_a_first_line_with_other_fields_is_refused(change):
    header = {**json.loads(WHOLE[0]), **change}
    refused([canonical(header) + b"\n", *WHOLE[1:]], "log.header")


def with_notes(*notes: str, origin: str = HUB.name, count: int = 9) -> list[bytes]:
    return list(export.write_log(origin, notes, bodies(count)))


def test_a_checkpoint_that_the_log_did_not_sign_is_refused():
    impostor = SigningKey.from_seed(HUB.name, bytes(32))
    refused(with_notes(signed(2), signed(9, key=impostor)), "log.checkpoint")
    refused(with_notes(signed(2, key=OTHER)), "log.checkpoint")
    refused(with_notes("not a note"), "log.checkpoint")


def test_a_checkpoint_with_a_signature_line_of_a_stranger_is_refused():
    text = Checkpoint(origin=HUB.name, size=9, root=tree.root(map(tree.leaf_hash, bodies(9)))).text
    refused(with_notes(note.sign(text, HUB, OTHER)), "log.checkpoint")


def test_the_file_of_another_origin_is_refused():
    refused(with_notes(signed(9), origin="other.example"), "log.checkpoint")


def test_checkpoints_out_of_order_or_repeated_are_refused():
    refused(with_notes(signed(5), signed(2)), "log.checkpoint")
    refused(with_notes(signed(5), signed(5)), "log.checkpoint")


def test_a_checkpoint_of_another_history_is_refused_even_when_the_log_signed_it():
    """A log that signed two histories is caught by whoever holds a checkpoint of the other one."""
    forked = bodies(9)
    forked[1] = canonical({"n": "other"})
    for notes in ([signed(2, of=forked), signed(9)], [signed(2), signed(9, of=forked)]):
        refused(with_notes(*notes), "log.root")


@pytest.mark.parametrize(
    ("missing", "rule"), [(1, "log.root"), (4, "log.root"), (6, "log.shorter"), (9, "log.shorter")]
)
def test_a_missing_entry_is_refused(missing, rule):
    refused([line for at, line in enumerate(WHOLE) if at != missing], rule)


def test_entries_in_another_order_are_refused():
    lines = list(WHOLE)
    lines[3], lines[4] = lines[4], lines[3]
    refused(lines, "log.root")


def test_an_entry_too_many_in_the_middle_is_refused():
    refused([*WHOLE[:4], WHOLE[3], *WHOLE[4:]], "log.root")


def test_a_file_cut_off_at_the_end_is_refused():
    refused(WHOLE[:-1], "log.shorter")
    refused([*WHOLE[:-1], WHOLE[-1][:-1]], "log.line")


@pytest.mark.parametrize("line", [b"\n", b"{}", b"[]\n", b'{"a": 1}\n', b'{"a":1}\r\n', b'{"b":1,"a":1}\n', b"\xff\n"])
def test_a_line_that_is_no_canonical_entry_is_refused_even_after_the_newest_checkpoint(line):
    refused([*WHOLE, line], "log.line")


def test_an_error_names_the_line_and_repeats_nothing_of_it():
    lines = list(WHOLE)
    lines[4] = b'{"secret": "value"}\n'
    with pytest.raises(Malformed) as refusal:
        export.verify_log(lines, HUB.verifying)
    assert refusal.value.facts == {"at": 5}
    assert "secret" not in refusal.value.en + refusal.value.zh
