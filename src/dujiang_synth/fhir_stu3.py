"""An older hospital: FHIR STU3 NDJSON, references as `urn:uuid:`, `context` for encounters, medicines by reference."""

from random import Random

from dujiang_synth.charts import Chart, Problem
from dujiang_synth.codes import ATC, CVX, DIASTOLIC, LOINC, OLD_PRESSURE_PANEL, SNOMED, SYSTOLIC, Concept
from dujiang_synth.dice import uuid_of
from dujiang_synth.fhir_shapes import (
    component,
    concept,
    day,
    diagnosis,
    instant,
    measure_concept,
    patient,
    quantity,
)
from dujiang_synth.lives import Visit
from dujiang_synth.sheets import Record as Resource
from dujiang_synth.sheets import Sheet

FHIR = "http://hl7.org/fhir"
TYPES = (
    *("Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "Medication", "Procedure"),
    *("Immunization", "AllergyIntolerance"),
)
# This hospital's system never gave these an id.
NAMELESS = ("Procedure", "Immunization")
# Until this year pressure was written as two single observations, from then on as the old panel.
PANEL_SINCE = 2019


class Export:
    """The growing files of one hospital; a medicine becomes one Medication resource at its first use."""

    def __init__(self, hospital: str, dice: Random) -> None:
        self.hospital = hospital
        self.dice = dice
        self.sheets = {kind: Sheet(f"{kind}.ndjson") for kind in TYPES}
        self.medicines: dict[str, str] = {}

    def put(self, kind: str, number: int, body: Resource) -> str:
        """Write a resource and return a reference to it."""
        identifier = uuid_of(self.dice)
        name = {} if kind in NAMELESS else {"id": identifier}
        self.sheets[kind].add({"resourceType": kind, **name, **body}, number)
        return f"urn:uuid:{identifier}"

    def medicine(self, word: Concept) -> Resource:
        """A reference to the Medication resource of a medicine."""
        if word.code not in self.medicines:
            self.medicines[word.code] = self.put("Medication", -1, {"code": concept(ATC, word)})
        return {"reference": self.medicines[word.code]}


def export(hospital: str, charts: list[Chart], dice: Random) -> list[Sheet]:
    """The files of a hospital, one for each resource type, empty types included."""
    files = Export(hospital, dice)
    for chart in charts:
        files.sheets["Patient"].add(patient(chart.entry, hospital, f"{FHIR}/v2/0203"), chart.number)
        subject = {"reference": f"urn:uuid:{chart.entry.local_id}"}
        encounters = [put_visit(files, chart, visit, subject) for visit in chart.visits]
        for problem in chart.problems:
            put_problem(
                files, chart, problem, {"subject": subject, "context": {"reference": encounters[problem.visit]}}
            )
        for allergy, category in chart.allergies:
            body = {
                "clinicalStatus": "active",
                "verificationStatus": "confirmed",
                "type": "allergy",
                "category": [category],
            }
            seen = {"patient": subject, "assertedDate": instant(chart.visits[0].start)}
            files.put("AllergyIntolerance", chart.number, {**body, "code": concept(SNOMED, allergy), **seen})
    return list(files.sheets.values())


def put_visit(files: Export, chart: Chart, visit: Visit, subject: Resource) -> str:
    """Write an encounter with everything that happened in it; a reference to it."""
    number = chart.number
    reference = files.put("Encounter", number, write_encounter(visit, subject))
    both = {"subject": subject, "context": {"reference": reference}}
    at = instant(visit.start)
    for body in (*write_pressure(visit, both), *write_readings(visit, both)):
        files.put("Observation", number, body)
    for medicine, days, reason in visit.prescriptions:
        drug = {"medicationReference": files.medicine(medicine), **both, "authoredOn": at}
        files.put("MedicationRequest", number, {**write_order(visit, days, reason), **drug})
    for word in visit.procedures:
        body = {"status": "completed", "code": concept(SNOMED, word), **both, "performedDateTime": at}
        files.put("Procedure", number, body)
    for vaccine in visit.vaccines:
        given = {"status": "completed", "notGiven": False, "vaccineCode": concept(CVX, vaccine), "patient": subject}
        files.put("Immunization", number, {**given, "encounter": both["context"], "date": at, "primarySource": True})
    return reference


def write_encounter(visit: Visit, subject: Resource) -> Resource:
    """An Encounter without its id."""
    return {
        "status": "finished",
        "class": {"system": f"{FHIR}/v3/ActCode", "code": visit.kind},
        "type": [concept(SNOMED, visit.type)],
        "subject": subject,
        "period": {"start": instant(visit.start), "end": instant(visit.end)},
    }


def observation(category: str, code: Resource, both: Resource, visit: Visit) -> Resource:
    """An Observation without id and value."""
    return {
        "status": "final",
        "category": [{"coding": [{"system": f"{FHIR}/observation-category", "code": category}]}],
        "code": code,
        **both,
        "effectiveDateTime": instant(visit.start),
    }


def write_pressure(visit: Visit, both: Resource) -> list[Resource]:
    """Blood pressure: two single observations before 2019, the panel 55284-4 afterwards, none if not taken."""
    if not visit.pressure:
        return []
    pair = ((SYSTOLIC, visit.pressure[0]), (DIASTOLIC, visit.pressure[1]))
    if visit.start.year >= PANEL_SINCE:
        panel = observation("vital-signs", concept(LOINC, OLD_PRESSURE_PANEL), both, visit)
        return [{**panel, "component": [component(reading) for reading in pair]}]
    return [
        {**observation("vital-signs", measure_concept(reading[0]), both, visit), "valueQuantity": quantity(reading)}
        for reading in pair
    ]


def write_readings(visit: Visit, both: Resource) -> list[Resource]:
    """The other readings of a visit."""
    return [
        {
            **observation(reading[0].category, measure_concept(reading[0]), both, visit),
            "valueQuantity": quantity(reading),
        }
        for reading in visit.readings
    ]


def write_order(visit: Visit, days: int, reason: Concept) -> Resource:
    """A MedicationRequest without medicine and patient."""
    return {
        "status": "completed",
        "intent": "order",
        "reasonCode": [diagnosis(reason)],
        "dispenseRequest": {"validityPeriod": {"start": day(visit.start), "end": day(visit.start, days)}},
    }


def put_problem(files: Export, chart: Chart, problem: Problem, both: Resource) -> None:
    """Write a Condition; STU3 writes the status as a plain code and the recording as `assertedDate`."""
    body = {
        "clinicalStatus": "resolved" if problem.ended else "active",
        "verificationStatus": "confirmed",
        "code": diagnosis(problem.concept),
        **both,
        "onsetDateTime": problem.began.isoformat(),
        **({"abatementDateTime": problem.ended.isoformat()} if problem.ended else {}),
        "assertedDate": instant(chart.visits[problem.visit].start),
    }
    files.put("Condition", chart.number, body)
