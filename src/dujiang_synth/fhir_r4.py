"""A modern hospital: FHIR R4 bulk export, gzipped NDJSON, references as `Patient/<id>`, blood pressure as a panel."""

from dujiang_synth.charts import Chart, Problem
from dujiang_synth.codes import (
    ATC,
    CVX,
    DIASTOLIC,
    LOINC,
    PRESSURE_PANEL,
    SNOMED,
    SYSTOLIC,
    Concept,
)
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
from dujiang_synth.lives import Prescription, Visit
from dujiang_synth.sheets import Record as Resource
from dujiang_synth.sheets import Sheet

HL7 = "http://terminology.hl7.org/CodeSystem"
TYPES = (
    *("Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "Procedure", "Immunization"),
    "AllergyIntolerance",
)


class Export:
    """The growing files of one hospital; resources are numbered in the order they are written."""

    def __init__(self, hospital: str) -> None:
        self.hospital = hospital
        self.sheets = {kind: Sheet(f"{kind}.ndjson.gz") for kind in TYPES}

    def put(self, kind: str, number: int, body: Resource) -> str:
        """Write a resource and return its id."""
        sheet = self.sheets[kind]
        identifier = f"{kind[:3].lower()}-{len(sheet.lines) + 1:07d}"
        sheet.add({"resourceType": kind, "id": identifier, **body}, number)
        return identifier


def export(hospital: str, charts: list[Chart]) -> list[Sheet]:
    """The files of a hospital, one for each resource type, empty types included."""
    files = Export(hospital)
    for chart in charts:
        files.sheets["Patient"].add(patient(chart.entry, hospital, f"{HL7}/v2-0203"), chart.number)
        subject = {"reference": f"Patient/{chart.entry.local_id}"}
        encounters = [put_visit(files, chart, visit, subject) for visit in chart.visits]
        for problem in chart.problems:
            put_problem(files, chart, problem, both(subject, encounters[problem.visit]))
        for allergy, category in chart.allergies:
            files.put("AllergyIntolerance", chart.number, write_allergy(allergy, category, subject, chart.visits[0]))
    return list(files.sheets.values())


def put_visit(files: Export, chart: Chart, visit: Visit, subject: Resource) -> str:
    """Write an encounter with everything that happened in it; its id."""
    number = chart.number
    identifier = files.put("Encounter", number, write_encounter(visit, subject))
    own = both(subject, identifier)
    at = instant(visit.start)
    if visit.pressure:
        files.put("Observation", number, write_pressure(visit.pressure, own, at))
    for reading in visit.readings:
        body = {
            "code": measure_concept(reading[0]),
            **own,
            "effectiveDateTime": at,
            "valueQuantity": quantity(reading),
        }
        files.put("Observation", number, {"status": "final", "category": category(reading[0].category), **body})
    for prescription in visit.prescriptions:
        files.put("MedicationRequest", number, write_prescription(prescription, visit, own))
    for word in visit.procedures:
        done = {"performedPeriod": {"start": at, "end": instant(visit.end)}}
        files.put("Procedure", number, {"status": "completed", "code": concept(SNOMED, word), **own, **done})
    for vaccine in visit.vaccines:
        to = {"patient": subject, "encounter": own["encounter"], "occurrenceDateTime": at, "primarySource": True}
        files.put("Immunization", number, {"status": "completed", "vaccineCode": concept(CVX, vaccine), **to})
    return identifier


def both(subject: Resource, encounter: str) -> Resource:
    """The references that most resources carry."""
    return {"subject": subject, "encounter": {"reference": f"Encounter/{encounter}"}}


def write_encounter(visit: Visit, subject: Resource) -> Resource:
    """An Encounter without its id."""
    return {
        "status": "finished",
        "class": {"system": f"{HL7}/v3-ActCode", "code": visit.kind},
        "type": [concept(SNOMED, visit.type)],
        "subject": subject,
        "period": {"start": instant(visit.start), "end": instant(visit.end)},
    }


def category(code: str) -> list[Resource]:
    """The category of an observation."""
    return [{"coding": [{"system": f"{HL7}/observation-category", "code": code}]}]


def write_pressure(values: tuple[int, int], own: Resource, at: str) -> Resource:
    """The panel 85354-9 with systolic and diastolic components."""
    return {
        "status": "final",
        "category": category("vital-signs"),
        "code": concept(LOINC, PRESSURE_PANEL),
        **own,
        "effectiveDateTime": at,
        "component": [component((SYSTOLIC, values[0])), component((DIASTOLIC, values[1]))],
    }


def write_prescription(prescription: Prescription, visit: Visit, own: Resource) -> Resource:
    """A MedicationRequest with the days it covers."""
    medicine, days, reason = prescription
    return {
        "status": "completed",
        "intent": "order",
        "medicationCodeableConcept": concept(ATC, medicine),
        **own,
        "authoredOn": instant(visit.start),
        "reasonCode": [diagnosis(reason)],
        "dispenseRequest": {"validityPeriod": {"start": day(visit.start), "end": day(visit.start, days)}},
    }


def put_problem(files: Export, chart: Chart, problem: Problem, own: Resource) -> None:
    """Write a Condition: one that lasts is active, a passing one resolved."""
    start = chart.visits[problem.visit].start
    body = {
        "clinicalStatus": status("clinical", "resolved" if problem.ended else "active"),
        "verificationStatus": status("ver-status", "confirmed"),
        "code": diagnosis(problem.concept),
        **own,
        "onsetDateTime": problem.began.isoformat(),
        **({"abatementDateTime": problem.ended.isoformat()} if problem.ended else {}),
        "recordedDate": instant(start),
    }
    files.put("Condition", chart.number, body)


def status(kind: str, code: str) -> Resource:
    """A condition's clinical or verification status."""
    return {"coding": [{"system": f"{HL7}/condition-{kind}", "code": code}]}


def write_allergy(allergy: Concept, kind: str, subject: Resource, visit: Visit) -> Resource:
    """An AllergyIntolerance recorded at the first visit."""
    return {
        "clinicalStatus": {"coding": [{"system": f"{HL7}/allergyintolerance-clinical", "code": "active"}]},
        "type": "allergy",
        "category": [kind],
        "code": concept(SNOMED, allergy),
        "patient": subject,
        "recordedDate": instant(visit.start),
    }
