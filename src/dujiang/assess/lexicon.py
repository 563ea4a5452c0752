"""The words by which content is known for what it is: surnames, areas, clinical characters, given names; read once from `lexicon.yaml`."""

from functools import cache
from importlib.resources import files

import msgspec

from dujiang.identify.names import COMPOUND_SURNAMES
from dujiang.words import Word


class Lexicon(Word, frozen=True):
    """Single-character surnames and compound ones, characters of clinical words, words of areas, plates, provinces, Latin given names."""

    surnames: str
    compound: tuple[str, ...]
    clinical: str
    areas: tuple[str, ...]
    plates: str
    provinces: tuple[str, ...]
    given: frozenset[str]


@cache
def lexicon() -> Lexicon:
    raw = msgspec.yaml.decode(files("dujiang.assess").joinpath("lexicon.yaml").read_bytes(), type=dict[str, str])

    def characters(name: str) -> str:
        return "".join(dict.fromkeys("".join(raw[name].split())))

    def words(name: str) -> tuple[str, ...]:
        # The longest first: an alternation takes the first that fits.
        return tuple(sorted(raw[name].split(), key=len, reverse=True))

    return Lexicon(
        surnames=characters("surnames"), compound=tuple(sorted(COMPOUND_SURNAMES)), clinical=characters("clinical"), areas=words("areas"),
        plates=characters("plates"), provinces=words("provinces"), given=frozenset(raw["given"].split()),
    )
