"""Every refusal of this room is said in both languages, under a rule of its own."""

import ast
import re
from pathlib import Path

import pytest

from dujiang import ledger
from dujiang.errors import Broken, DujiangError, Malformed
from dujiang.ledger import canonical, export, note, participants, tree

MODULES = sorted(Path(ledger.__file__).parent.glob("*.py"))
CHINESE = re.compile("[\u4e00-\u9fff]")


def refusals() -> list[tuple[str, list[ast.expr]]]:
    calls = []
    for module in MODULES:
        for found in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(found, ast.Call) and isinstance(found.func, ast.Name) and found.func.id in KINDS:
                calls.append((f"{module.name}:{found.lineno}", found.args))
    return calls


KINDS = {"Malformed", "Broken", "Refused"}


def said(argument: ast.expr) -> str:
    """The literal text of an argument, with what it inserts left out."""
    constants = [part.value for part in ast.walk(argument) if isinstance(part, ast.Constant)]
    return "".join(value for value in constants if isinstance(value, str))


def test_there_are_refusals_to_look_at():
    assert len(refusals()) > 25


@pytest.mark.parametrize(("place", "arguments"), refusals(), ids=[place for place, _ in refusals()])
def test_a_refusal_has_a_rule_an_english_and_a_chinese_sentence(place, arguments):
    rule, en, zh = arguments[:3]
    assert re.fullmatch(r"[a-z]+\.[a-z0-9_]*", said(rule))
    assert not CHINESE.search(said(en))
    if said(en).strip():
        assert said(en).rstrip()[-1] in ".:" and CHINESE.search(said(zh))
        assert set(re.findall(r"\{\w+\}", said(en))) == set(re.findall(r"\{\w+\}", said(zh)))


def test_no_rule_is_used_for_two_different_refusals():
    rules = [said(arguments[0]) for _, arguments in refusals() if not isinstance(arguments[0], ast.JoinedStr)]
    repeated = {rule for rule in rules if rules.count(rule) > 1}
    assert repeated == set()


@pytest.mark.parametrize(
    "act",
    [
        lambda: canonical.parse(b"{'name': 'secret'}"),
        lambda: canonical.canonical({"secret": 2**60}),
        lambda: note.read("secret"),
        lambda: note.VerifyingKey.parse("secret+00000000+secret"),
        lambda: note.SigningKey.parse("PRIVATE+KEY+secret"),
        lambda: note.SigningKey.from_seed("secret name", bytes(32)),
        lambda: participants.root([b"secret"]),
        lambda: export.verify_log([b"secret\n"], note.SigningKey.from_seed("a", bytes(32)).verifying),
        lambda: tree.inclusion(5, 3, lambda level, index: b"secret"),
    ],
)
def test_a_refusal_repeats_nothing_of_what_it_refuses(act):
    with pytest.raises(DujiangError) as refusal:
        act()
    assert isinstance(refusal.value, Malformed | Broken)
    for sentence in (str(refusal.value), refusal.value.says("en"), refusal.value.says("zh")):
        assert sentence and "secret" not in sentence
    assert refusal.value.__cause__ is None
