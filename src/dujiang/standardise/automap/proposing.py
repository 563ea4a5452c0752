"""Proposes for every column of a table the slot it fills, and for the table the target it belongs to, each with a score and reasons."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dujiang.standardise.automap.headers import EVERY, HELP, NONE, Match, Meaning, matched, meanings
from dujiang.standardise.automap.shapes import Profile
from dujiang.standardise.tables.confirming import Advice, Looked
from dujiang.standardise.tables.slots import targets
from dujiang.words import Saying

Learnt = Mapping[str, Sequence[tuple[str, str]]]
LEAST = 0.45  # of a column's score
LEAST_OTHER = 0.65  # of a column that fills no slot of its table's own target
LEAST_TARGET = 0.4
REASONS: Mapping[str, Saying] = {
    "header.same": Saying(en="The header is a known name for it.", zh="列名与已知名称一致。"),
    "header.learnt": Saying(en="A steward confirmed this header for it before.", zh="该列名曾由数据管理员确认。"),
    "header.like": Saying(en="The header is similar to a known name.", zh="列名与已知名称相近。"),
    "content.fits": Saying(en="Nearly all its values look like it.", zh="绝大多数取值的形式与之相符。"),
    "content.tells": Saying(en="Its values have a form that hardly anything else has.", zh="取值的形式特征明显，基本可据此判定。"),
    "content.contradicts": Saying(en="Its values do not look like it.", zh="取值的形式与之不符。"),
    "content.empty": Saying(en="It has no values, so only its header speaks.", zh="该列无取值，仅依据列名判断。"),
    "key.unique": Saying(en="Every row has another value.", zh="每行取值均不相同。"),
}
# What the values of a slot look like: any of these shapes. A slot that is not listed may hold anything.
_FITS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("born", "died", "start", "end"), ("moment",)), **dict.fromkeys(("value", "low", "high", "quantity", "days", "age"), ("number",)),
    "sex": ("sex", "sex_code"), "phone": ("mobile", "integer"), "id_number": ("cn_id",), "name": ("han_name", "text"), "unit": ("unit",), "text": ("text",),
    "class": ("visit_class",),
}
_CODES: Mapping[str, tuple[str, ...]] = {"condition_occurrence": ("icd10", "icd9", "snomed"), "measurement": ("loinc",), "drug_exposure": ("atc",)}
# Shapes that tell a column without any header.
_TELLS: Mapping[tuple[str, str], str] = {
    ("person", "id_number"): "cn_id", ("person", "phone"): "mobile", ("person", "sex"): "sex",
    ("condition_occurrence", "code"): "icd10", ("measurement", "code"): "loinc", ("drug_exposure", "code"): "atc",
}
# Where values of another form than the list expects are common, they weaken a header less.
_LOOSE = frozenset({"class", "text", "name", "code", "value", "id_number", "phone"})


class Guess(NamedTuple):
    """A column for a slot of a target."""

    target: str
    meaning: Meaning
    column: Profile
    score: float
    reasons: tuple[str, ...]


def propose(table: str, columns: Sequence[Profile], rows: int, learnt: Learnt | None = None) -> Looked:
    """What was thought of a table; `to` is empty where no target is likely enough."""
    known = learnt or {}
    likely = {target: _filled(target, columns, known) for target in targets()}
    worth = {target: _worth(target, guesses) for target, guesses in likely.items()}
    best = max(worth, key=lambda target: (worth[target], target))
    to = best if worth[best] >= LEAST_TARGET else ""
    helps = [guess for guess in _guesses(HELP, columns, known) if guess.score >= LEAST]
    others = sorted((g for found in likely.values() for g in found if g.score >= LEAST_OTHER), key=lambda g: g.score)
    by_column = {guess.column.name: guess for guess in (*others, *helps, *likely.get(to, ()))}
    return Looked(
        table=table, rows=rows, to=to, score=round(worth[best], 3), fingerprint=tuple(sorted(f"{column.name}|{column.type()}" for column in columns)),
        columns=tuple(_advice(column, by_column.get(column.name)) for column in columns),
    )


def _advice(column: Profile, guess: Guess | None) -> Advice:
    about = Advice(column=column.name, type=column.type(), filled=round(column.filled, 3), distinct=column.distinct, reasons=("key.unique",) if column.unique else ())
    if guess is None:
        return about
    return Advice(
        column=about.column, type=about.type, filled=about.filled, distinct=about.distinct, slot=f"{guess.target}.{guess.meaning.slot}", score=round(guess.score, 3),
        reasons=(*guess.reasons, *about.reasons),
    )


def _filled(target: str, columns: Sequence[Profile], learnt: Learnt) -> list[Guess]:
    """The best column for each slot of a target, and each column once: the surest first."""
    found: list[Guess] = []
    slots, names = set[str](), set[str]()
    for guess in sorted(_guesses(target, columns, learnt), key=lambda g: (-g.score, -g.meaning.weight, g.column.name)):
        if guess.score >= LEAST and guess.meaning.slot not in slots and guess.column.name not in names:
            found.append(guess)
            slots.add(guess.meaning.slot)
            names.add(guess.column.name)
    return found


def _guesses(target: str, columns: Sequence[Profile], learnt: Learnt) -> list[Guess]:
    own = {slot.name for slot in targets().get(target, ())}
    wanted = [m for m in meanings() if m.target == target or (m.target == EVERY and (m.slot in own or (target == "visit_occurrence" and m.slot == "visit")
              or (target == "person" and m.slot == "person")))]
    return [_guess(target, meaning, column, matched(column.name, meaning, learnt)) for meaning in wanted for column in columns]


def _guess(target: str, meaning: Meaning, column: Profile, header: Match) -> Guess:
    shapes = _CODES.get(target, ()) if meaning.slot == "code" else _FITS.get(meaning.slot, ())
    share = max((column.share(shape) for shape in shapes), default=0.0)
    tells = _TELLS.get((target, meaning.slot), "")
    if header is NONE:
        told = column.share(tells) if tells else 0.0
        return Guess(target, meaning, column, 0.7 * told if told >= 0.8 and column.distinct > 1 else 0.0, ("content.tells",) if told >= 0.8 else ())
    if not column.filled:
        return Guess(target, meaning, column, 0.6 * header.score, (header.reason, "content.empty"))
    if not shapes:
        return Guess(target, meaning, column, 0.85 * header.score, (header.reason,))
    if share >= 0.7:
        return Guess(target, meaning, column, 0.7 * header.score + 0.3 * share, (header.reason, "content.fits"))
    weak = 0.75 if meaning.slot in _LOOSE else 0.4
    return Guess(target, meaning, column, weak * header.score + 0.2 * share, (header.reason, "content.contradicts"))


def _worth(target: str, guesses: Sequence[Guess]) -> float:
    """How likely the table belongs there: the weight of what is filled, of what matters most; what must be there and is not, counts double."""
    weights = {m.slot: m.weight for m in meanings() if m.target == target}
    own = {g.meaning.slot: g.score * weights.get(g.meaning.slot, 0) for g in guesses}
    needed = [slot.name for slot in targets()[target] if slot.required and slot.name in weights]
    heavy = sorted(weights.values(), reverse=True)[:4]
    lacking = sum(weights[slot] for slot in needed if slot not in own)
    helped = 0.1 if any(g.meaning.slot in ("person", "visit") for g in guesses) else 0.0
    # Dates and units alone say nothing: something of the target's own must be there.
    telling = {"person": {"born", "sex", "name", "id_number"}, "visit_occurrence": {"start", "class"}, "measurement": {"value", "text", "code"}}
    if not own.keys() & telling.get(target, {"code", "text"}):
        return 0.0
    return min(1.0, max(0.0, sum(own.values()) / (sum(heavy) + lacking) + helped))
