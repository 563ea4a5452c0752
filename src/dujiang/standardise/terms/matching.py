"""Reads a diagnosis as a clinician wrote it: its parts, their qualifiers, and the codes each may mean with a probability.

What is confirmed or stands in a list is found by look-up; the rest is searched and weighed. At or above `THRESHOLD` a part is mapped, below it
is a reviewer's. The same lists and confirmations in any order read the same text alike.
"""

import re
from collections.abc import Iterable

from dujiang.standardise.terms.index import Index, Name
from dujiang.standardise.terms.qualifiers import ASSERTED, Qualifier, strip
from dujiang.standardise.terms.ranking import probabilities, score
from dujiang.standardise.terms.splitting import MOST, SOFT, Asks, marked, pieces
from dujiang.standardise.terms.writing import bare, fold, meant, normalise
from dujiang.words import Code, Word

THRESHOLD = 0.85
CERTAIN = 0.99  # of a name that stands in a list exactly; lists have faults too
SHOWN = 5
LONGEST, LONGEST_PART = 2000, 100  # characters: a text and a part that are longer are not read
_WORTH_KEEPING = 100_000  # parts remembered
_SEPARATED = re.compile(r"[;；\n\r|。,，、/+]")
_HISTORY = Qualifier(kind="history", word="史")
_CODE = re.compile(r"^([A-Z]\d\d)(?:\.([0-9A-Z]))?")


class Candidate(Word, frozen=True):
    """Codes a part may mean, as a list names them, and how probably; `how` is confirmed, exact, words (synonyms) or similar."""

    codes: tuple[Code, ...]
    name: str
    probability: float
    how: str


class Part(Word, frozen=True):
    """One diagnosis of a text: as folded, its core, its qualifiers and its candidates, most probable first."""

    text: str
    core: str
    qualifiers: tuple[Qualifier, ...] = ()
    candidates: tuple[Candidate, ...] = ()

    @property
    def asserted(self) -> bool:
        """Whether it is said of the person, now, and without doubt."""
        return all(q.kind in ASSERTED for q in self.qualifiers)

    @property
    def mapped(self) -> bool:
        """Whether the first candidate is sure enough; what is confirmed as no diagnosis at all is mapped to nothing."""
        return bool(self.candidates) and self.candidates[0].probability >= THRESHOLD

    @property
    def codes(self) -> tuple[Code, ...]:
        """What it becomes: the codes of the first candidate where it is mapped and asserted."""
        return self.candidates[0].codes if self.mapped and self.asserted else ()


class Reading(Word, frozen=True):
    """All parts of a text, in order; `unread` when it is too long to be a diagnosis or has more parts than are read."""

    parts: tuple[Part, ...]
    unread: bool = False


def stem(code: str) -> str:
    """The WHO part of an ICD-10 code, four characters at most: `E11.900x001` and `E11.9` are `E11.9`, `I10.x00` is `I10`; others unchanged."""
    found = _CODE.match(code)
    return code if found is None else found[1] + (f".{found[2]}" if found[2] and found[2] not in "X" else "")


class Matcher:
    """Reads texts against confirmed meanings and lists of names."""

    def __init__(self, names: Iterable[Name], confirmed: Iterable[tuple[str, tuple[Code, ...]]] = ()) -> None:
        settled = sorted((normalise(text), codes) for text, codes in confirmed)
        self._confirmed = {text: codes for text, codes in settled if text}
        said = [Name(0, codes, text, text) for text, codes in self._confirmed.items() if codes]
        self._index = Index([*said, *(name._replace(place=name.place + 1) for name in names)])
        self._read: dict[str, Part] = {}
        self._asks = Asks(
            known=lambda piece: self._known(piece) is not None, exact=self._is_exact, sure=lambda piece: self.part(piece).mapped, joined=self._is_joined
        )

    def read(self, text: str) -> Reading:
        """The parts of a text."""
        if len(text) > LONGEST:
            return Reading(parts=(), unread=True)
        if (whole := self._known(text)) and not (whole.qualifiers or _SEPARATED.search(text)):
            return Reading(parts=(whole,))
        found = pieces(fold(marked(text)), self._asks)
        return Reading(parts=tuple(_with_own(map(self.part, found[:MOST]))), unread=len(found) > MOST)

    def part(self, piece: str) -> Part:
        """One diagnosis."""
        if (known := self._read.get(piece)) is None:
            known = self._known(piece) or self._similar(piece)
            if len(self._read) < _WORTH_KEEPING:
                self._read[piece] = known
        return known

    def _is_exact(self, piece: str) -> bool:
        known = self._known(piece)
        return known is not None and known.candidates[0].how != "words"

    def _is_joined(self, piece: str) -> bool:
        part = self.part(piece)
        return part.mapped and SOFT.search(fold(part.candidates[0].name)) is not None

    def _known(self, piece: str) -> Part | None:
        """A part that is confirmed or in a list, as a whole or without its qualifiers."""
        folded = fold(piece)
        whole = bare(folded)
        if "?" not in folded and (found := self._found(whole)):
            return Part(text=folded, core=whole, candidates=found)
        core, qualifiers = strip(folded)
        asked = [(whole, tuple(q for q in qualifiers if not bare(q.word))), (bare(core), qualifiers)]
        if _HISTORY in qualifiers:  # 糖尿病史 is 糖尿病 and 史, 脑梗死病史 is 脑梗死 and 病史
            asked.append((bare(core).removesuffix("病"), qualifiers))
        for text, words in asked:
            if found := self._found(text):
                return Part(text=folded, core=text, qualifiers=words, candidates=found)
        return None

    def _found(self, text: str) -> tuple[Candidate, ...]:
        if text in self._confirmed:
            return (Candidate(codes=self._confirmed[text], name=text, probability=1.0, how="confirmed"),)
        for how, written in (("exact", text), ("words", meant(text))):
            if numbers := self._index.exact.get(written):
                return self._shared([(self._index.names[n], CERTAIN / len(numbers)) for n in numbers], how)
        return ()

    def _similar(self, piece: str) -> Part:
        folded = fold(piece)
        core, qualifiers = strip(folded)
        plain = bare(core)
        if not plain or len(folded) > LONGEST_PART:
            return Part(text=folded[:LONGEST_PART], core=plain[:LONGEST_PART], qualifiers=qualifiers)
        best: dict[int, float] = {}
        for asked in dict.fromkeys((bare(folded), plain, meant(plain))):
            numbers = self._index.search(asked)
            for number, likeness in zip(numbers, self._index.likeness(asked, numbers), strict=True):
                z = score(likeness, asked, self._index.names[number].text)
                best[number] = max(z, best.get(number, z))
        numbers = sorted(self._one_each(best), key=lambda n: (-best[n], n))
        chances = probabilities([best[n] for n in numbers])
        found = self._shared([(self._index.names[n], p) for n, p in zip(numbers, chances, strict=True)], "similar")
        return Part(text=folded, core=plain, qualifiers=qualifiers, candidates=found)

    def _one_each(self, scores: dict[int, float]) -> Iterable[int]:
        """Of the names that stand for the same codes, the best."""
        best: dict[tuple[Code, ...], int] = {}
        for number in sorted(scores, key=lambda n: (-scores[n], n)):
            best.setdefault(self._index.names[number].codes, number)
        return best.values()

    def _shared(self, found: list[tuple[Name, float]], how: str) -> tuple[Candidate, ...]:
        """Candidates; those under one WHO code speak for one another, since they differ in less than statistics and concepts keep."""
        together: dict[tuple[str, ...], float] = {}
        for name, p in found:
            key = tuple(stem(code.code) for code in name.codes)
            together[key] = together.get(key, 0.0) + p
        weighed = [(together[tuple(stem(code.code) for code in name.codes)], name) for name, _ in found]
        weighed.sort(key=lambda pair: -pair[0])
        return tuple(Candidate(codes=name.codes, name=name.written, probability=round(p, 3), how=how) for p, name in weighed[:SHOWN])


def _with_own(parts: Iterable[Part]) -> list[Part]:
    """Qualifiers that stand alone, `…, cardiac function class III`, belong to the part before them."""
    out: list[Part] = []
    for part in parts:
        if part.core:
            out.append(part)
        elif part.qualifiers and out:
            before = out.pop()
            out.append(Part(text=before.text, core=before.core, qualifiers=tuple(sorted({*before.qualifiers, *part.qualifiers})), candidates=before.candidates))
    return out
