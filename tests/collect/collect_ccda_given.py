"""Clinical documents to be read, as short as they can be, and what reading them gives."""

import io
import json
from typing import Any

from dujiang.collect.readers.ccda.reader import read_clinical_document
from dujiang.collect.readers.items import Broken, Item, Record, Remark

Body = dict[str, Any]
SPACES = 'xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
OID = "2.16.840.1.113883"
PATIENT = f"""<recordTarget><patientRole><id root="{OID}.19" extension="100"/><addr use="HP"><streetAddressLine>1 High St</streetAddressLine>
<city>Leshan</city></addr><telecom value="tel:+86-833-1" use="HP"/><patient><name use="L"><given>San</given><family>Zhang</family></name>
<administrativeGenderCode code="M"/><birthTime value="19800615"/></patient></patientRole></recordTarget>"""
TEMPLATE = f"{OID}.10.20."


def template(*numbers: str) -> str:
    return "".join(f'<templateId root="{TEMPLATE}{number}"/>' for number in numbers)


def code(value: str, name: str = "", system: str = f"{OID}.6.96", tag: str = "code", type: str = "", inner: str = "") -> str:
    """A coded element; `value` for one has a type."""
    kind = f' xsi:type="{type}"' if type else ""
    return f'<{tag}{kind} code="{value}" codeSystem="{system}" displayName="{name}">{inner}</{tag}>'


def section(loinc: str, *entries: str, text: str = "") -> str:
    inner = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<component><section><code code="{loinc}" codeSystem="{OID}.6.1"/><text>{text}</text>{inner}</section></component>'


def document(*sections: str, patient: str = PATIENT, header: str = "", id: str = "d1") -> str:
    """A document of 1 March 2020."""
    body = f"<component><structuredBody>{''.join(sections)}</structuredBody></component>"
    return (
        f'<?xml version="1.0"?>\n<ClinicalDocument {SPACES}><id root="{OID}.19.9" extension="{id}"/>{code("34133-9", "Summary", f"{OID}.6.1")}'
        f'<title>Summary</title><effectiveTime value="20200301"/>{patient}{header}{body}</ClinicalDocument>'
    )


def items(data: bytes | str, **options: int) -> list[Item]:
    return list(read_clinical_document(io.BytesIO(data.encode() if isinstance(data, str) else data), **options))


def records(data: bytes | str) -> list[Record]:
    """The records, when nothing was set aside."""
    found = items(data)
    assert all(isinstance(item, Record | Remark) for item in found), [item for item in found if isinstance(item, Broken)]
    return [item for item in found if isinstance(item, Record)]


def broken(data: bytes | str, **options: int) -> list[tuple[str, str]]:
    """Rules and kinds of what was set aside."""
    return [(item.rule, item.kind) for item in items(data, **options) if isinstance(item, Broken)]


def remarks(data: bytes | str) -> list[tuple[str, str, int]]:
    return [tuple(item) for item in items(data) if isinstance(item, Remark)]


def bodies(data: bytes | str, kind: str) -> list[Body]:
    return [json.loads(one.body) for one in records(data) if one.kind == kind]


def body(data: bytes | str, kind: str) -> Body:
    (found,) = bodies(data, kind)
    return found


def keys(data: bytes | str, kind: str) -> list[str]:
    return [one.key for one in records(data) if one.kind == kind]


def kinds(data: bytes | str, **options: int) -> list[str]:
    """Kinds of all records but those of the header."""
    ours = ("Patient.mentioned", "DocumentReference")
    return [item.kind for item in items(data, **options) if isinstance(item, Record) and item.kind not in ours]


def problem(value: str = "38341003", name: str = "Hypertension", *, id: str = "p1", times: str = '<low value="20190401"/>', more: str = "", **attributes: str) -> str:
    """A problem observation in its concern."""
    said = "".join(f' {key}="{text}"' for key, text in attributes.items())
    return (
        f'<act classCode="ACT" moodCode="EVN">{template("22.4.3")}<statusCode code="active"/><effectiveTime><low value="20190501"/></effectiveTime>'
        f'<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"{said}>{template("22.4.4")}<id root="{OID}.19.1" extension="{id}"/>'
        f'{code("64572001", "Condition")}<effectiveTime>{times}</effectiveTime>{code(value, name, tag="value", type="CD")}{more}</observation>'
        "</entryRelationship></act>"
    )


def result(value: str, *, loinc: str = "718-7", id: str = "r1", more: str = "", status: str = "completed", time: str = '<effectiveTime value="20200201"/>') -> str:
    """A result observation."""
    return (
        f'<observation classCode="OBS" moodCode="EVN">{template("22.4.2")}<id root="{OID}.19.2" extension="{id}"/>{code(loinc, "Haemoglobin", f"{OID}.6.1")}'
        f'<statusCode code="{status}"/>{time}{value}{more}</observation>'
    )


def panel(*results: str, id: str = "o1") -> str:
    """An organiser of results."""
    inner = "".join(f"<component>{one}</component>" for one in results)
    return (
        f'<organizer classCode="BATTERY" moodCode="EVN">{template("22.4.1")}<id root="{OID}.19.3" extension="{id}"/>{code("57021-8", "CBC", f"{OID}.6.1")}'
        f'<statusCode code="completed"/><effectiveTime value="20200131"/>{inner}</organizer>'
    )


def medicine(drug: str = "197380", *, mood: str = "EVN", more: str = "", status: str = "active", templated: str = "22.4.16", **attributes: str) -> str:
    """A medication activity, or an immunisation."""
    said = "".join(f' {key}="{text}"' for key, text in attributes.items())
    return (
        f'<substanceAdministration classCode="SBADM" moodCode="{mood}"{said}>{template(templated)}<id root="{OID}.19.4" extension="m1"/><statusCode code="{status}"/>'
        f'{more}<consumable><manufacturedProduct><manufacturedMaterial>{code(drug, "Atenolol", f"{OID}.6.88")}<lotNumberText>L7</lotNumberText>'
        "</manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"
    )


FULL = document(
    section("11450-4", problem()), section("30954-2", panel(result('<value xsi:type="PQ" value="134.50" unit="g/L"/>'))), section("10160-0", medicine()),
    section("11369-6", medicine("88", templated="22.4.52", status="completed", more='<effectiveTime value="20191101"/>')),
    section("47519-4", f'<procedure moodCode="EVN">{template("22.4.14")}{code("1", "Stent")}<statusCode code="completed"/><effectiveTime value="2019"/></procedure>'),
)
