"""A node with a library: vocabularies loaded from folders, terms confirmed by its steward, and the acts by which both happen."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any
from xml.sax.saxutils import escape

from dujiang.act import Actor, Outcome
from dujiang.doors.delivery import folder_delivery
from dujiang.errors import Unknown
from dujiang.standardise.known import known_at
from dujiang.standardise.standardise import standardise
from dujiang.standardise.vocabularies.loading import Asked, load
from dujiang.standardise.vocabularies.shelf import Vocabulary
from dujiang.words import Role, Thing
from standardise.standardise_node import Landed, Made, Node

STEWARD = Actor(id="u-steward", party="node-a", roles=frozenset({Role.STEWARD}))
CONCEPT = [
    "concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_class_id", "standard_concept", "concept_code",
    "valid_start_date", "valid_end_date", "invalid_reason",
]
RELATIONSHIP = ["concept_id_1", "concept_id_2", "relationship_id", "valid_start_date", "valid_end_date", "invalid_reason"]
SYNONYM = ["concept_id", "concept_synonym_name", "language_concept_id"]


class Kept:
    """The things kept, as `Tables`."""

    def __init__(self) -> None:
        self.things: dict[tuple[str, str], Thing] = {}

    def put(self, *things: Thing) -> None:
        self.things.update({(thing.KIND, thing.id): thing for thing in things})

    def find(self, kind: type[Any], id: str) -> Any:
        return self.things.get((kind.KIND, id))

    def get(self, kind: type[Any], id: str) -> Any:
        if (found := self.find(kind, id)) is None:
            raise Unknown("thing.unknown", "There is none.", "不存在。")
        return found

    def all(self, kind: type[Any], *, state: str | None = None, parent: str | None = None) -> list[Any]:
        mine = [thing for (name, _), thing in self.things.items() if name == kind.KIND]
        return [t for t in mine if (state is None or t.state == state) and (parent is None or t.parent() == parent)]


@dataclass(frozen=True)
class Given:
    """A file that a test wrote."""

    name: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def open(self) -> IO[bytes]:
        return io.BytesIO(self.content)


class Library(Node):
    """A node that can load vocabularies and keep things."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.tables, self._names = Kept(), 0
        self.clock = SimpleNamespace(now=self._tick)
        self.dice = SimpleNamespace(name=self._name)
        self._time = 0

    def _tick(self) -> datetime:
        self._time += 1
        return datetime.fromtimestamp(1_790_000_000 + self._time, UTC)

    def _name(self, prefix: str) -> str:
        self._names += 1
        return f"{prefix}-{self._names}"

    def delivery(self, place: str) -> Any:
        return folder_delivery(Path(place))

    def does(self, step: Any, args: Any, thing: Any = None) -> Outcome:
        """What the gate does with a step, as far as these tests go."""
        outcome: Outcome = step(self, STEWARD, thing, args)
        self.tables.put(*outcome.keep)
        return outcome

    def shelve(self, *files: Given, name: str = "a vocabulary", rights: str = "licensed", **asked: Any) -> Vocabulary:
        """Load files and keep what they are."""
        slice_size = asked.pop("slice_size", 500_000)
        vocabulary = load(self, files, Asked(name, rights, **asked), lambda done, of: self.told.append((done, of)), slice_size=slice_size)  # type: ignore[arg-type]
        self.tables.put(vocabulary)
        return vocabulary

    def make(self, *arrivals: Landed) -> Made:
        """The tables, with what the node knows now."""
        made = standardise(self, arrivals[0].zone, arrivals, lambda done, of: None, known=known_at(self))  # type: ignore[arg-type]
        self.tables.put(made)
        return Made(self.blobs, made)


def rows(columns: Sequence[str], *each: Sequence[object], delimiter: str = "\t") -> bytes:
    """Delimited text with a header."""
    return "\n".join(delimiter.join(map(str, row)) for row in (columns, *each)).encode()


def concept(id: int, name: str, domain: str, vocabulary: str, code: str, standard: str = "", invalid: str = "") -> tuple[object, ...]:
    return (id, name, domain, vocabulary, "x", standard, code, "19700101", "20991231", invalid)


def maps_to(source: int, target: int, kind: str = "Maps to", invalid: str = "") -> tuple[object, ...]:
    return (source, target, kind, "19700101", "20991231", invalid)


# A small world of concepts: a diagnosis in three systems, one that became another table's, one that maps nowhere, a drug, a laboratory code, units.
CONCEPTS = (
    concept(316866, "Hypertensive disorder", "Condition", "SNOMED", "38341003", "S"), concept(320128, "Essential hypertension", "Condition", "SNOMED", "59621000", "S"),
    concept(45591453, "Essential (primary) hypertension", "Condition", "ICD10", "I10"), concept(1, "高血压", "Condition", "ICD10CN", "I10.x00"),
    concept(201826, "Type 2 diabetes mellitus", "Condition", "SNOMED", "44054006", "S"),
    concept(45591027, "Type 2 diabetes without complications", "Condition", "ICD10", "E11.9"),
    concept(4167217, "Family history of clinical finding", "Observation", "SNOMED", "416471007", "S"),
    concept(45600000, "Family history", "Observation", "ICD10", "Z83.3"),
    concept(2, "Nowhere", "Condition", "ICD10", "R69"), concept(3, "Old", "Condition", "SNOMED", "111", "", "U"),
    concept(4, "Dead target", "Condition", "SNOMED", "222", "S", "D"),
    concept(1308216, "lisinopril", "Drug", "RxNorm", "29046", "S"), concept(3004249, "Systolic blood pressure", "Measurement", "LOINC", "8480-6", "S"),
    concept(8876, "millimeter mercury column", "Unit", "UCUM", "mm[Hg]", "S"), concept(4188539, "Yes", "Meas Value", "SNOMED", "373066001", "S"),
    concept(3043242, "Smoker", "Observation", "LOINC", "72166-2", "S"), concept(4301351, "Appendectomy", "Procedure", "SNOMED", "80146002", "S"),
)
MAPS = (
    maps_to(45591453, 320128), maps_to(1, 320128), maps_to(45591027, 201826), maps_to(45600000, 4167217), maps_to(3, 316866), maps_to(2, 4),
    maps_to(320128, 316866, "Is a"), maps_to(2, 316866, "Maps to", "D"),
)
ATHENA = (
    Given("CONCEPT.csv", rows(CONCEPT, *CONCEPTS)), Given("CONCEPT_RELATIONSHIP.csv", rows(RELATIONSHIP, *MAPS)),
    Given("CONCEPT_SYNONYM.csv", rows(SYNONYM, (45591453, "原发性高血压病", 4182948), (45591453, "High blood pressure", 4180186))),
    Given("VOCABULARY.csv", rows(["vocabulary_id", "vocabulary_name", "vocabulary_reference", "vocabulary_version", "vocabulary_concept_id"],
                                 ("None", "OMOP Standardized Vocabularies", "x", "v5.0 30-AUG-26", 44819096))),
    Given("DRUG_STRENGTH.csv", b"whatever\nis not read"),
)


def workbook(table: Sequence[Sequence[object]]) -> bytes:
    """An Excel workbook with one sheet, as small as one can be."""
    def cell(value: object) -> str:
        if isinstance(value, int | float):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'

    sheet = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in table)
    main, office = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts: Mapping[str, str] = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return held.getvalue()
