"""A hospital that exports tables: CSV in the column shape of Synthea, one file a table, times in UTC."""

from datetime import date, datetime, timedelta
from random import Random

from dujiang_synth.body import Reading
from dujiang_synth.charts import Chart, Entry
from dujiang_synth.codes import DIASTOLIC, SYSTOLIC, Concept
from dujiang_synth.dice import uuid_of
from dujiang_synth.lives import Prescription, Visit
from dujiang_synth.sheets import Sheet

COLUMNS = {
    "patients": "Id BIRTHDATE DEATHDATE SSN DRIVERS PASSPORT PREFIX FIRST LAST SUFFIX MAIDEN MARITAL RACE "
    "ETHNICITY GENDER BIRTHPLACE ADDRESS CITY STATE COUNTY ZIP LAT LON HEALTHCARE_EXPENSES "
    "HEALTHCARE_COVERAGE",
    "encounters": "Id START STOP PATIENT ORGANIZATION PROVIDER PAYER ENCOUNTERCLASS CODE DESCRIPTION "
    "BASE_ENCOUNTER_COST TOTAL_CLAIM_COST PAYER_COVERAGE REASONCODE REASONDESCRIPTION",
    "conditions": "START STOP PATIENT ENCOUNTER CODE DESCRIPTION",
    "observations": "DATE PATIENT ENCOUNTER CATEGORY CODE DESCRIPTION VALUE UNITS TYPE",
    "medications": "START STOP PATIENT PAYER ENCOUNTER CODE DESCRIPTION BASE_COST PAYER_COVERAGE DISPENSES "
    "TOTALCOST REASONCODE REASONDESCRIPTION",
    "procedures": "START STOP PATIENT ENCOUNTER CODE DESCRIPTION BASE_COST REASONCODE REASONDESCRIPTION",
    "immunizations": "DATE PATIENT ENCOUNTER CODE DESCRIPTION BASE_COST",
    "allergies": "START STOP PATIENT ENCOUNTER CODE SYSTEM DESCRIPTION TYPE CATEGORY REACTION1 DESCRIPTION1 "
    "SEVERITY1 REACTION2 DESCRIPTION2 SEVERITY2",
}
CLASSES = {"AMB": "ambulatory", "EMER": "emergency", "IMP": "inpatient"}
COSTS = {"AMB": "50.00", "EMER": "120.00", "IMP": "2600.00"}
Row = dict[str, str]


class Export:
    """The growing tables of one hospital; columns nobody fills stay empty."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.organisation = uuid_of(dice)
        self.sheets = {table: Sheet(f"{table}.csv", tuple(names.split())) for table, names in COLUMNS.items()}
        self.blanks = {table: dict.fromkeys(sheet.columns, "") for table, sheet in self.sheets.items()}

    def put(self, table: str, number: int, cells: Row) -> None:
        """Write a row."""
        self.sheets[table].add({**self.blanks[table], **cells}, number)


def utc(moment: datetime) -> str:
    """A time in China as Synthea writes times."""
    return f"{(moment - timedelta(hours=8)).isoformat()}Z"


def export(charts: list[Chart], dice: Random) -> list[Sheet]:
    """The eight tables of a hospital."""
    files = Export(dice)
    for chart in charts:
        files.put("patients", chart.number, write_patient(chart.entry))
        encounters = [put_visit(files, chart, visit) for visit in chart.visits]
        for word, began, ended, position in chart.problems:
            cells = {"START": began.isoformat(), "STOP": day_or_blank(ended), **coded(word)}
            files.put("conditions", chart.number, {**cells, **whose(chart, encounters[position])})
        for allergy, category in chart.allergies:
            start = chart.visits[0].start.date().isoformat()
            cells = {"START": start, **coded(allergy), "SYSTEM": "SNOMED-CT", "TYPE": "allergy", "CATEGORY": category}
            files.put("allergies", chart.number, {**cells, **whose(chart, encounters[0])})
    return list(files.sheets.values())


def write_patient(entry: Entry) -> Row:
    """The row of a patient; SSN carries the identity number."""
    home = entry.home
    return {
        "Id": entry.local_id,
        "BIRTHDATE": entry.birth.isoformat(),
        "DEATHDATE": day_or_blank(entry.died),
        "SSN": entry.identity,
        "PASSPORT": entry.passport,
        "FIRST": entry.name.given,
        "LAST": entry.name.family,
        "GENDER": "M" if entry.sex == "male" else "F",
        "ADDRESS": entry.street,
        "CITY": home.city or home.province,
        "STATE": home.province,
        "COUNTY": home.county,
        "ZIP": home.postcode,
        "HEALTHCARE_EXPENSES": "0.00",
        "HEALTHCARE_COVERAGE": "0.00",
    }


def day_or_blank(day: date | None) -> str:
    """A day as text, empty where there is none."""
    return day.isoformat() if day else ""


def coded(word: Concept) -> Row:
    """Code and description."""
    return {"CODE": word.code, "DESCRIPTION": word.zh}


def whose(chart: Chart, encounter: str) -> Row:
    """Patient and encounter of a row."""
    return {"PATIENT": chart.entry.local_id, "ENCOUNTER": encounter}


def put_visit(files: Export, chart: Chart, visit: Visit) -> str:
    """Write an encounter with everything that happened in it; its id."""
    identifier = uuid_of(files.dice)
    start, stop, number = utc(visit.start), utc(visit.end), chart.number
    own = whose(chart, identifier)
    files.put("encounters", number, write_encounter(files, chart, visit, identifier))
    readings = [*visit.readings]
    if visit.pressure:
        readings += [(SYSTOLIC, visit.pressure[0]), (DIASTOLIC, visit.pressure[1])]
    for reading in readings:
        files.put("observations", number, {"DATE": start, **own, **write_reading(reading)})
    for prescription in visit.prescriptions:
        files.put("medications", number, {"START": start, **own, **write_prescription(prescription, visit)})
    for word in visit.procedures:
        files.put("procedures", number, {"START": start, "STOP": stop, **own, **coded(word), "BASE_COST": "120.00"})
    for vaccine in visit.vaccines:
        files.put("immunizations", number, {"DATE": start, **own, **coded(vaccine), "BASE_COST": "96.00"})
    return identifier


def write_encounter(files: Export, chart: Chart, visit: Visit, identifier: str) -> Row:
    """The row of an encounter."""
    reason = {"REASONCODE": visit.acute.code, "REASONDESCRIPTION": visit.acute.zh} if visit.acute else {}
    return {
        "Id": identifier,
        "START": utc(visit.start),
        "STOP": utc(visit.end),
        "PATIENT": chart.entry.local_id,
        "ORGANIZATION": files.organisation,
        "ENCOUNTERCLASS": CLASSES[visit.kind],
        **coded(visit.type),
        "BASE_ENCOUNTER_COST": COSTS[visit.kind],
        "TOTAL_CLAIM_COST": COSTS[visit.kind],
        "PAYER_COVERAGE": "0.00",
        **reason,
    }


def write_reading(reading: Reading) -> Row:
    """The value of an observation as text with its unit."""
    measure, value = reading
    text = f"{value:.{measure.decimals}f}"
    about = {"CATEGORY": measure.category, "CODE": measure.code, "DESCRIPTION": measure.zh}
    return {**about, "VALUE": text, "UNITS": measure.unit, "TYPE": "numeric"}


def write_prescription(prescription: Prescription, visit: Visit) -> Row:
    """Medicine, end and reason of a course."""
    medicine, days, reason = prescription
    stop = utc(visit.start + timedelta(days=days))
    price = {"BASE_COST": "35.00", "PAYER_COVERAGE": "0.00", "DISPENSES": "1", "TOTALCOST": "35.00"}
    return {"STOP": stop, **coded(medicine), **price, "REASONCODE": reason.code, "REASONDESCRIPTION": reason.zh}
