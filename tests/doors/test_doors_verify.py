"""`dujiang verify` offline: with nothing but the file and the key it accepts what was cut and refuses every altered character."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from doors.doors_processes import ENVIRONMENT
from doors.test_doors_cli import call, one_sentence_each
from dujiang.ledger import checkpoint as notes
from dujiang.ledger import tree
from dujiang.ledger.canonical import canonical
from dujiang.ledger.checkpoint import Checkpoint
from dujiang.ledger.export import write_log
from ledger.samples import HOLDER, HUB, NON_USE, OTHER, USE, release_entry

KEY = HUB.verifying.text
DICE = random.Random(7)
Alter = Callable[[str, int], str]

# Every way in which a single character can be altered, as a function of the text and a place in it.
ALTERATIONS: dict[str, Alter] = {
    "another character": lambda t, n: t[:n] + ("x" if t[n] != "x" else "y") + t[n + 1:],
    "another digit": lambda t, n: t[:n] + (str((int(t[n]) + 1) % 10) if t[n] in "0123456789" else "7") + t[n + 1:],
    "upper for lower case": lambda t, n: t[:n] + (t[n].swapcase() if t[n].swapcase() != t[n] else "~") + t[n + 1:],
    "left out": lambda t, n: t[:n] + t[n + 1:],
    "written twice": lambda t, n: t[:n] + t[n] + t[n:],
    "a space before": lambda t, n: t[:n] + " " + t[n:],
    "a newline before": lambda t, n: t[:n] + "\n" + t[n:],
    "a null byte before": lambda t, n: t[:n] + "\x00" + t[n:],
    "an invisible character before": lambda t, n: t[:n] + "\u200b" + t[n:],
    "a full-width look-alike": lambda t, n: t[:n] + (chr(ord(t[n]) + 0xFEE0) if "!" <= t[n] <= "~" else "\u3000") + t[n + 1:],
    "exchanged with the next": lambda t, n: t[:n] + t[n + 1:n + 2] + t[n] + t[n + 2:] if t[n:n + 1] != t[n + 1:n + 2] and n + 1 < len(t) else "x" + t,
    "cut off here": lambda t, n: t[:n],
    "something at the end": lambda t, n: t + t[n],
}


def log_file(entries: int = 12) -> bytes:
    bodies = [canonical({"act": "party.join", "n": n, "what": "条目"}) for n in range(entries)]
    bodies[5] = canonical(release_entry())
    hashes = [tree.leaf_hash(b) for b in bodies]
    signed = [notes.sign(Checkpoint(origin=HUB.name, size=size, root=tree.root(hashes[:size])), HUB) for size in (4, entries)]
    return b"".join(write_log(HUB.name, signed, bodies))


FILES = {"use": ("receipt", USE), "non-use": ("receipt", NON_USE), "log": ("log", log_file())}


@pytest.mark.parametrize("what", FILES)
def test_what_is_true_is_told_in_both_languages_and_with_the_key_that_was_used(tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    kind, data = FILES[what]
    (tmp_path / "file").write_bytes(data)
    code, out, err = call(capsys, "verify", kind, tmp_path / "file", "--key", KEY)
    lines = out.splitlines()
    assert code == 0 and err == "" and lines[0] == f"key 公钥: {KEY}" and lines[1].startswith("valid 有效: ") and len(lines) == 3


@pytest.mark.parametrize("how", ALTERATIONS)
@pytest.mark.parametrize("what", FILES)
def test_a_single_altered_character_anywhere_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str, how: str) -> None:
    kind, data = FILES[what]
    text = data.decode()
    file = tmp_path / "file"
    for place in [*sorted(DICE.sample(range(len(text)), 40)), 0, len(text) - 1]:
        altered = ALTERATIONS[how](text, place)
        assert altered != text
        file.write_bytes(altered.encode())
        code, out, err = call(capsys, "verify", kind, file, "--key", KEY)
        assert code == 3 and "valid" not in out and one_sentence_each(err), (place, altered[max(0, place - 20):place + 20], err)


@pytest.mark.slow
@pytest.mark.parametrize("what", FILES)
def test_every_character_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    kind, data = FILES[what]
    text = data.decode()
    for place in range(len(text)):
        for how in ("another character", "left out", "written twice"):
            (tmp_path / "file").write_bytes(ALTERATIONS[how](text, place).encode())
            assert call(capsys, "verify", kind, tmp_path / "file", "--key", KEY)[0] == 3, (place, how)


HOSTILE = {"nothing": b"", "not UTF-8": b"\xff\xfe", "a number": b"7\n", "null": b"null\n", "deep": b"[" * 200_000, "a huge number": b"1" * 100_000, "NaN": b"NaN",
           "the other kind": b"", "zeros": b"\x00" * 10_000, "an object": b"{}\n", "a BOM": b"\xef\xbb\xbf" + USE}


@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_is_no_proof_is_refused_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    for kind in ("receipt", "log"):
        data = (FILES["log"] if kind == "receipt" else FILES["use"])[1] if what == "the other kind" else HOSTILE[what]
        (tmp_path / "file").write_bytes(data)
        code, out, err = call(capsys, "verify", kind, tmp_path / "file", "--key", KEY)
        assert code == 3 and "valid" not in out and one_sentence_each(err)


def test_another_key_vouches_for_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind, data in FILES.values():
        (tmp_path / "file").write_bytes(data)
        for key in (HOLDER.verifying.text, OTHER.verifying.text, KEY[:-1] + ("A" if KEY[-1] != "A" else "B"), KEY.replace("hub", "hob")):
            code, out, err = call(capsys, "verify", kind, tmp_path / "file", "--key", key)
            assert code == 3 and "valid" not in out and one_sentence_each(err)


@pytest.mark.parametrize("key", ["", "nonsense", "a+b+c", "/no/such/file", "x" * 10_000, ".", "\u4e2d\u6587", "a\x00b"])
def test_a_key_that_is_none_is_refused_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str) -> None:
    (tmp_path / "file").write_bytes(USE)
    code, _, err = call(capsys, "verify", "receipt", tmp_path / "file", "--key", key)
    assert code == 3 and one_sentence_each(err) and len(err) < 500


def test_a_file_that_is_not_there_is_told_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path / "no", tmp_path):
        code, _, err = call(capsys, "verify", "receipt", path, "--key", KEY)
        assert code == 2 and "Traceback" not in err


def test_a_file_too_large_to_be_a_receipt_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.truncate(1 << 34)
    code, _, err = call(capsys, "verify", "receipt", tmp_path / "file", "--key", KEY)
    assert code == 3 and "receipt.size" in err


def test_a_log_with_an_endless_line_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(FILES["log"][1] + b"{" * 3_000_000)
    code, _, err = call(capsys, "verify", "log", tmp_path / "file", "--key", KEY)
    assert code == 3 and one_sentence_each(err) and len(err) < 500


def alone(tmp_path: Path, *args: str | Path) -> subprocess.CompletedProcess[str]:
    """The command in an empty folder, without a home, a configuration or a network."""
    bare = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ENVIRONMENT["PYTHONPATH"], "HOME": "/nonexistent", "https_proxy": "http://127.0.0.1:9"}
    empty = tmp_path / "empty"
    empty.mkdir(exist_ok=True)
    return subprocess.run([sys.executable, "-m", "dujiang.doors", *map(str, args)], env=bare, cwd=empty, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("what", FILES)
def test_it_needs_nothing_but_the_file_and_the_key(tmp_path: Path, what: str) -> None:
    kind, data = FILES[what]
    (tmp_path / "file").write_bytes(data)
    (tmp_path / "the.key").write_text(KEY + "\n")
    for key in (KEY, tmp_path / "the.key"):
        done = alone(tmp_path, "verify", kind, tmp_path / "file", "--key", key)
        assert done.returncode == 0 and "valid 有效" in done.stdout and done.stderr == ""
    (tmp_path / "file").write_bytes(data.replace(b"11", b"12", 1) if b"11" in data else data[:-2])
    done = alone(tmp_path, "verify", kind, tmp_path / "file", "--key", KEY)
    assert done.returncode == 3 and one_sentence_each(done.stderr) and list((tmp_path / "empty").iterdir()) == []


def test_the_key_that_lies_beside_the_file_is_used_and_named(tmp_path: Path) -> None:
    (tmp_path / "receipts").mkdir()
    (tmp_path / "receipts" / "use.json").write_bytes(USE)
    assert "verify.key" in alone(tmp_path, "verify", "receipt", tmp_path / "receipts" / "use.json").stderr
    (tmp_path / "alliance.vkey").write_text(KEY + "\n")
    done = alone(tmp_path, "verify", "receipt", tmp_path / "receipts" / "use.json")
    assert done.returncode == 0 and str(tmp_path / "alliance.vkey") in done.stdout


def test_a_receipt_that_was_renamed_copied_and_moved_is_the_same_receipt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "凭证 一.json").write_bytes(USE)
    shutil.copy(tmp_path / "凭证 一.json", tmp_path / "b.txt")
    assert [call(capsys, "verify", "receipt", tmp_path / n, "--key", KEY)[0] for n in ("凭证 一.json", "b.txt")] == [0, 0]


def test_nothing_personal_stands_in_what_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pseudonym is the holder's word for a person; the finding does not repeat it."""
    (tmp_path / "file").write_bytes(USE)
    assert json.loads(USE)["pseudonym"] not in "".join(map(str, call(capsys, "verify", "receipt", tmp_path / "file", "--key", KEY)))
