"""An Athena download, file by file, as rows of a vocabulary's tables: concepts, `Maps to`, and Chinese synonyms; nothing else of it is kept.

Column names and meanings: OMOP CDM 5.4, vocabulary tables. A header is read in any case and order.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from dujiang.errors import Malformed
from dujiang.standardise.vocabularies.tabular import Row, table
from dujiang.world import Delivered

CONCEPT, RELATIONSHIP, SYNONYM, VOCABULARY = "concept", "concept_relationship", "concept_synonym", "vocabulary"
_NEEDS = {
    CONCEPT: ("concept_id", "concept_name", "domain_id", "vocabulary_id", "standard_concept", "concept_code", "invalid_reason"),
    RELATIONSHIP: ("concept_id_1", "concept_id_2", "relationship_id", "invalid_reason"),
    SYNONYM: ("concept_id", "concept_synonym_name"),
}
_MAPS_TO = "Maps to"
_SYSTEM = re.compile(r"[A-Z][A-Z0-9_.\-]{0,39}")
Kept = dict[str, object]
Refuse = Callable[[int, str], None]


def role(name: str) -> str:
    """Which table of a download a file is: its name without folder and endings, in lower case."""
    return name.rpartition("/")[2].lower().removesuffix(".gz").rpartition(".")[0]


def is_athena(files: Sequence[Delivered]) -> bool:
    return any(role(file.name) == CONCEPT for file in files)


def system_name(vocabulary: str) -> str:
    """Athena's vocabulary as a short name: `RxNorm` is RXNORM."""
    return vocabulary.upper().replace(" ", "")


def concepts(file: Delivered, refuse: Refuse) -> Iterator[Kept]:
    for at, cells in _rows(file, CONCEPT, refuse):
        number, name, domain, vocabulary, standard, code, invalid = cells
        system = system_name(vocabulary)
        if (id := _number(number)) is None or not _SYSTEM.fullmatch(system) or not code:
            refuse(at, "concept.incomplete")
            continue
        yield {
            "system": system, "code": code, "concept": id, "domain": domain, "name": name,
            "standard": standard == "S", "valid": invalid in ("", "NULL"),
        }


def relationships(file: Delivered, refuse: Refuse) -> Iterator[Kept]:
    """The valid `Maps to` between two concepts."""
    for at, (source, target, kind, invalid) in _rows(file, RELATIONSHIP, refuse):
        if kind == _MAPS_TO and invalid in ("", "NULL"):
            one, other = _number(source), _number(target)
            if one is None or other is None:
                refuse(at, "relationship.incomplete")
            else:
                yield {"source": one, "target": other}


def synonyms(file: Delivered, refuse: Refuse) -> Iterator[Kept]:
    """Synonyms in Chinese; which code they belong to stands with their concept."""
    for at, (concept, name) in _rows(file, SYNONYM, refuse):
        if any("\u4e00" <= c <= "\u9fff" for c in name):
            if (id := _number(concept)) is None:
                refuse(at, "synonym.incomplete")
            else:
                yield {"system": "", "code": "", "concept": id, "lang": "zh", "name": name}


def release(files: Sequence[Delivered]) -> str:
    """What the download calls its version; empty when it does not say."""
    for file in files:
        if role(file.name) == VOCABULARY:
            for _, cells, _ in table(file):
                found = next((cell for cell in cells or () if cell.startswith("v5.")), "")
                if found and found.isprintable():
                    return found[:80]
    return ""


def _rows(file: Delivered, which: str, refuse: Refuse) -> Iterator[tuple[int, list[str]]]:
    """The needed cells of each row, in the order of `_NEEDS`."""
    rows = table(file)
    places, width = _places(next(rows, (1, None, "")), which)
    for line, cells, rule in rows:
        if cells is None or len(cells) != width:
            refuse(line, rule or "csv.columns")
        else:
            yield line, [cells[place].strip() for place in places]


def _places(header: Row, which: str) -> tuple[list[int], int]:
    names: Mapping[str, int] = {name.strip().lower(): place for place, name in enumerate(header[1] or [])}
    lacks = [need for need in _NEEDS[which] if need not in names]
    if lacks:
        raise Malformed(
            "vocabulary.header", "The file {table} lacks the column {column}. Is it a download of OMOP vocabularies?",
            "{table} 文件缺少列 {column}，请确认其为 OMOP 词表下载文件。", table=which, column=lacks[0],
        )
    return [names[need] for need in _NEEDS[which]], len(header[1] or [])


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


# Each table of a vocabulary: the file it is read from, and how.
READS: dict[str, tuple[str, Callable[[Delivered, Refuse], Iterator[Kept]]]] = {
    "concept": (CONCEPT, concepts),
    "maps": (RELATIONSHIP, relationships),
    "names": (SYNONYM, synonyms),
}
READ = frozenset({CONCEPT, RELATIONSHIP, SYNONYM, VOCABULARY})
