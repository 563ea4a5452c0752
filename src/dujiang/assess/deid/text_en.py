"""Names and addresses in English text, by titles, given names, cues and capital letters; what is an ordinary word is no name."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import msgspec

from dujiang.assess.deid.text_marks import Found
from dujiang.assess.lexicon import lexicon

_CAP = r"(?:[^\W\d_a-zµß-öø-ÿ][\w'’-]*|(?:O|D|L)['’][A-Z]\w+)"
_TOKEN = re.compile(r"[^\W\d_][\w'’-]*\.?")
_PARTICLE = {"de", "da", "do", "dos", "van", "von", "der", "den", "del", "della", "di", "la", "le", "el", "al", "bin", "ibn", "af", "av", "ter", "ten", "zu", "y", "e"}


@cache
def _words() -> Mapping[str, frozenset[str]]:
    raw = msgspec.yaml.decode(files("dujiang.assess.deid").joinpath("text_words.yaml").read_bytes(), type=dict[str, str])
    return {name: frozenset(re.split(r"[\s|]+", text.strip())) for name, text in raw.items()}


@cache
def _addresses() -> tuple[re.Pattern[str], ...]:
    kinds = "|".join(sorted(map(re.escape, _words()["streets"]), key=len, reverse=True))
    unit = r"(?:,?\s+(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Box|PMB|#)\.?\s*#?\s*\d+\w?)"
    # After a street: a unit, then lines or commas with capitalised words, codes of states and postcodes.
    tail = rf"(?:{unit}|(?:,?[ \t]*\n[ \t,]*|,[ \t]*|[ \t]+){_CAP}(?:[ \t-]{_CAP}){{0,3}}(?=[ \t,\n]|$)|(?:,?[ \t]*\n?[ \t,]*)\b[A-Z]{{2}}\b|[ \t,\n]+\d{{3,6}}(?:[ -]\d{{2,4}})?(?!\w))"
    strict = rf"(?:{unit}|,?[ \t]*\n[ \t]*{_CAP}(?:[ \t]{_CAP}){{0,2}}|,[ \t]*[A-Z]{{2}}\b|[ \t,]+\d{{4,6}}(?:-\d{{3,4}})?(?!\w))"
    return (
        re.compile(rf"(?<![\w.])\d{{1,6}}[A-Za-z]?\s+(?:{_CAP}\s+){{0,4}}(?:{kinds})\b\.?{tail}{{0,6}}"),
        re.compile(rf"(?<![\w.])\d{{1,6}}[A-Za-z]?\s+(?:{_CAP}[ ]){{0,3}}{_CAP}{unit}?{strict}*(?=\W|$)"),
        re.compile(rf"(?:{_CAP}[ .]+(?:\w+\.?[ ]+){{0,3}}?)?{_CAP}\.?[ ]\d{{1,4}}[a-zA-Z]?(?:[-/.]\d{{1,4}})?\b\.?{strict}*"),
        re.compile(r"\b(?:P\.?\s?O\.?\s*Box|PSC|Unit|CMR|USS|USNS|Apt|Suite|Ste)\.?\s*\d+(?:,?\s*Box\s*\d+)?(?:\s*\n?\s*(?:APO|FPO|DPO)\s+A[AEP]\s+\d{5})?"),
        re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b"),
        re.compile(r"(?<![\w.,$€£#-])\d{5}(?:-\d{3,4})?(?![\w%]|\.\d)"),
    )


_STRONG = re.compile(r"\b(?:name(?:\s+is|d|:)?|called|dear|hi|hello|hey|signed|sincerely|regards|thanks|cheers)[,:]?\s+$", re.I)
_NUMBER_CUE = re.compile(
    r"\b(?:MRN|medical record|record|hospital|patient|chart|account|acct|policy|member|insurance|license|licence|passport|case|accession|NHS|ID)"
    r"\s*(?:no|num|number|id|#)?\.?\s*(?:is|was|:|#)*\s*((?=[A-Z0-9-]*\d)[A-Z0-9][A-Z0-9-]{3,20})\b",
    re.I,
)


def english(text: str, *, thorough: bool = True) -> Iterator[Found]:
    """What is found by English words and capital letters."""
    if not re.search(r"[A-Za-zÀ-ɏ]{2}", text):
        return
    for match in _NUMBER_CUE.finditer(text):
        yield Found(match.start(1), match.end(1), "number")
    for at, pattern in enumerate(_addresses()):
        for match in pattern.finditer(text):
            if at not in (1, 2) or not _ordinary(match[0]):
                yield Found(match.start(), match.end(), "address")
    yield from _names(text, thorough)


def _ordinary(text: str) -> bool:
    """Whether a number beside words is no address: any of the words is an ordinary one."""
    common = _words()["common"]
    return any(word.lower() in common for word in re.findall(r"[^\W\d_]+", text) if word.lower() not in _PARTICLE)


def _names(text: str, thorough: bool) -> Iterator[Found]:
    """Runs of capitalised words that are no ordinary ones, where something says that they are a name."""
    given, common, titles = lexicon().given, _words()["common"], _words()["titles"]
    run: list[re.Match[str]] = []
    for match in [*_TOKEN.finditer(text), None]:
        if match is not None and run and _joins(text, run[-1], match):
            run.append(match)
            continue
        while run and run[-1][0].lower() in _PARTICLE:
            run.pop()
        if run:
            words = [one[0].rstrip(".").lower() for one in run]
            titled = words[0] in titles and len(run) > 1
            kept = run[1:] if titled else run
            start, before = kept[0].start(), text[: kept[0].start()]
            inside = bool(re.search(r"[\w,;:)\"'’]\s*$", before.rstrip(" "))) and not re.search(r"[.!?\n]\s*$", before)
            speaks = text[kept[-1].end() : kept[-1].end() + 1] == ":" and bool(re.search(r"(?:^|\n)\s*$", before)) and len(kept) < 3
            sure = titled or any(word in given for word in words) or bool(_STRONG.search(before))
            if sure or speaks or len(kept) > 1 or (thorough and inside and not _shouted(kept[0][0])):
                yield Found(start, kept[-1].end() - (kept[-1][0].endswith(".") and len(kept[-1][0]) > 2), "name", sure)
        run = [match] if match is not None and _starts(match[0], common, titles) else []


def _starts(token: str, common: frozenset[str], titles: frozenset[str]) -> bool:
    # I'm, Don't, What's: the word before the apostrophe decides.
    word = re.sub(r"(?:n['’]t|['’](?:m|d|s|re|ll|ve|t)?)$", "", token.rstrip(".").lower())
    return token[0].isupper() and len(word) > 1 and (word not in common or word in titles) and token[0] < "\u3400"


def _joins(text: str, last: re.Match[str], token: re.Match[str]) -> bool:
    """Whether the token goes on with the run: beside it, and a name, an initial or a particle."""
    if not re.fullmatch(r"[ \t]{1,2}|-", text[last.end() : token.start()]) or (last[0].endswith(".") and len(last[0]) > 4):
        return False
    word = token[0].rstrip(".").lower()
    return word in _PARTICLE or (token[0][0].isupper() and (word not in _words()["common"] or len(word) == 1))


def _shouted(word: str) -> bool:
    """Short words in capitals are more often abbreviations (CT, ECG) than names."""
    return word.isupper() and len(word) <= 5
