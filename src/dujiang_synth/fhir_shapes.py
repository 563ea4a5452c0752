"""The parts of a FHIR resource that R4 and STU3 write alike: codings, quantities, times and the person.

Concepts are made once and shared by every resource: never change one in place.
"""

from datetime import datetime, timedelta
from functools import cache

from dujiang_synth.body import Reading
from dujiang_synth.charts import Entry
from dujiang_synth.codes import ICD10, IDENTITY_SYSTEM, LOINC, SNOMED, UCUM, Concept, Measure
from dujiang_synth.sheets import Record as Resource


def instant(moment: datetime) -> str:
    """A time in China."""
    return f"{moment.isoformat()}+08:00"


def day(moment: datetime, later: int = 0) -> str:
    """The day of a moment, or some days later."""
    return (moment.date() + timedelta(days=later)).isoformat()


def coding(system: str, code: str, display: str) -> dict[str, str]:
    """One coding."""
    return {"system": system, "code": code, "display": display}


@cache
def concept(system: str, word: Concept) -> Resource:
    """A concept with its Chinese text, and the ICD-10 code beside it where there is one."""
    codings = [coding(system, word.code, word.en)]
    if word.icd10:
        codings.append(coding(ICD10, word.icd10, word.zh))
    return {"coding": codings, "text": word.zh}


@cache
def measure_concept(measure: Measure) -> Resource:
    """What was measured."""
    return {"coding": [coding(LOINC, measure.code, measure.en)], "text": measure.zh}


def quantity(reading: Reading) -> Resource:
    """A value in UCUM."""
    measure, value = reading
    return {"value": value, "unit": measure.unit, "system": UCUM, "code": measure.unit}


def component(reading: Reading) -> Resource:
    """A part of a panel."""
    return {"code": measure_concept(reading[0]), "valueQuantity": quantity(reading)}


def diagnosis(word: Concept) -> Resource:
    """A SNOMED CT concept."""
    return concept(SNOMED, word)


def identifiers(entry: Entry, hospital: str, types: str) -> list[Resource]:
    """MRN, then the identity number or the passport where the registry has one; `types` is the type code system."""
    found = [("MR", f"urn:dujiang-synth:{hospital}:mrn", entry.mrn)]
    if entry.identity:
        found.append(("NI", IDENTITY_SYSTEM, entry.identity))
    if entry.passport:
        found.append(("PPN", "urn:dujiang-synth:passport", entry.passport))
    return [
        {"type": {"coding": [{"system": types, "code": code}]}, "system": system, "value": value}
        for code, system, value in found
    ]


def patient(entry: Entry, hospital: str, types: str) -> Resource:
    """The Patient resource, equal in both releases but for the type code system."""
    name = {"use": "official", "text": entry.name.text, "family": entry.name.family, "given": [entry.name.given]}
    resource: Resource = {
        "resourceType": "Patient",
        "id": entry.local_id,
        "identifier": identifiers(entry, hospital, types),
        "active": True,
        "name": [{key: value for key, value in name.items() if value}],
        "telecom": [{"system": "phone", "value": entry.phone, "use": "mobile"}] if entry.phone else [],
        "gender": entry.sex,
        "birthDate": entry.birth.isoformat(),
        "deceasedDateTime": entry.died.isoformat() if entry.died else "",
        "address": [address(entry)],
    }
    return {key: value for key, value in resource.items() if value}


def address(entry: Entry) -> Resource:
    """The address down to the flat."""
    home = entry.home
    return {
        "use": "home",
        "text": f"{home.province}{home.city}{home.county}{entry.street}",
        "line": [entry.street],
        "city": home.city or home.province,
        "district": home.county,
        "state": home.province,
        "postalCode": home.postcode,
        "country": "CN",
    }
