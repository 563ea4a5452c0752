"""Small lists of names for the tests of terms."""

from collections.abc import Mapping, Sequence

from dujiang.standardise.terms.index import Name
from dujiang.words import Code


def names(listed: Mapping[str, Sequence[str]], *, place: int = 0, system: str = "ICD10") -> list[Name]:
    """Names by code; a code's first one is how the list writes it."""
    return [Name(place, (Code(system=system, code=code),), said, written[0]) for code, written in listed.items() for said in written]
