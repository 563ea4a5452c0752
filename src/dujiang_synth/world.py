"""Writes people with lives and their hospitals' exports, equal bytes for equal arguments; refuses a used folder."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from dujiang_synth import dirt_csv, dirt_fhir, fhir_r4, fhir_stu3, synthea_csv
from dujiang_synth.charts import Chart, Entry, open_charts
from dujiang_synth.dice import roll
from dujiang_synth.dirt import Victims, soil
from dujiang_synth.disease import HYPERTENSION, WILSON, draw_diseases, rare_onset, rare_people
from dujiang_synth.lives import Life, live
from dujiang_synth.people import draw_people
from dujiang_synth.question import settle_young_cells
from dujiang_synth.sheets import Sheet, render
from dujiang_synth.truth import DirtItem, TruePerson, Truth

Progress = Callable[[str, int, int], None]
FORMS = ("fhir-r4", "fhir-stu3", "synthea-csv")
MOST_PEOPLE = 200_000
MOST_HOSPITALS = 26


class Refused(ValueError):
    """A world that will not be written; `en` and `zh` say why and what to do."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh


def write_world(
    out: Path,
    *,
    seed: int = 7,
    people: int = 1200,
    hospitals: int = 3,
    dirt: bool = True,
    progress: Progress | None = None,
) -> Truth:
    """Write a world of `people` persons into the empty or absent folder `out` and return the truth about it.

    The forms of the hospitals go round: FHIR R4, FHIR STU3, CSV, FHIR R4, … `progress` is called with a stage
    (`people`, then each hospital), the number done and the total. Raises `Refused`.
    """
    check(out, people, hospitals)
    tell = progress or (lambda stage, done, total: None)
    forms = {f"hospital-{chr(ord('a') + i)}": FORMS[i % len(FORMS)] for i in range(hospitals)}
    lives = live_all(seed, people, tuple(forms), tell)
    charts: dict[str, list[Chart]] = {}
    spoiled: list[DirtItem] = []
    for done, (hospital, form) in enumerate(forms.items(), 1):
        charts[hospital] = open_charts(seed, hospital, lives, uuids=form != "fhir-r4")
        sheets = export(seed, hospital, form, charts[hospital])
        if dirt:
            soil_export(seed, hospital, form, sheets, lives=lives)
        spoiled += write_sheets(out / hospital, sheets)
        tell(hospital, done, hospitals)
    truth = Truth(seed=seed, hospitals=forms, people=tell_people(lives, charts), dirt=tuple(spoiled))
    (out / "truth.json").write_bytes(truth.as_json().encode())
    (out / "consents.json").write_bytes(truth.consents_as_json().encode())
    return truth


def check(out: Path, people: int, hospitals: int) -> None:
    """Raise `Refused` unless the world can be written."""
    if not 1 <= people <= MOST_PEOPLE:
        raise Refused(
            f"A world has 1 to {MOST_PEOPLE} people, not {people}. Ask for a number in that range.",
            f"合成人口须为 1 至 {MOST_PEOPLE} 人，当前为 {people}。请改用该范围内的数值。",
        )
    if not 1 <= hospitals <= MOST_HOSPITALS:
        raise Refused(
            f"A world has 1 to {MOST_HOSPITALS} hospitals, not {hospitals}. Ask for a number in that range.",
            f"医院数量须为 1 至 {MOST_HOSPITALS} 家，当前为 {hospitals}。请改用该范围内的数值。",
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(
            "The folder for the world is not empty, and nothing in it is overwritten. Name an empty or a new folder.",
            "目标文件夹非空，为避免覆盖已有文件，未写入任何内容。请指定空文件夹或新文件夹。",
        )


def live_all(seed: int, count: int, hospitals: tuple[str, ...], tell: Progress) -> list[Life]:
    """All lives, with the demonstration's cells and the rare disease settled."""
    people = draw_people(seed, count, hospitals)
    diseases = {person.number: draw_diseases(seed, person) for person in people}
    for number in sorted(rare_people(seed, people)):
        diseases[number][WILSON] = rare_onset(seed, people[number])
    settle_young_cells(seed, people, diseases)
    lives = []
    for person in people:
        lives.append(live(seed, person, diseases[person.number]))
        if len(lives) % 100 == 0 or len(lives) == count:
            tell("people", len(lives), count)
    return lives


def export(seed: int, hospital: str, form: str, charts: list[Chart]) -> list[Sheet]:
    """The sheets of a hospital in its form."""
    if form == "fhir-r4":
        return fhir_r4.export(hospital, charts)
    if form == "fhir-stu3":
        return fhir_stu3.export(hospital, charts, roll(seed, hospital, "ids"))
    return synthea_csv.export(charts, roll(seed, hospital, "ids"))


def soil_export(seed: int, hospital: str, form: str, sheets: list[Sheet], *, lives: list[Life]) -> None:
    """Spoil an export in the ways of its form."""
    victims = Victims(
        uncounted=frozenset(life.person.number for life in lives if HYPERTENSION not in life.diseases),
        died={life.person.number: life.died for life in lives if life.died},
    )
    kinds = dirt_csv.KINDS if form == "synthea-csv" else dirt_fhir.KINDS
    soil(sheets, kinds, roll(seed, hospital, "dirt"), victims)
    for sheet in sheets:
        if sheet.name == "immunizations.csv":
            dirt_csv.disorder(sheet)


def write_sheets(folder: Path, sheets: list[Sheet]) -> list[DirtItem]:
    """Write the files of one hospital; where their dirt is."""
    folder.mkdir(parents=True)
    spoiled = []
    for sheet in sheets:
        content, places = render(sheet)
        (folder / sheet.name).write_bytes(content)
        spoiled += [
            DirtItem(hospital=folder.name, file=sheet.name, line=place.line, kind=place.kind, person=place.person)
            for place in places
        ]
    return spoiled


def tell_people(lives: list[Life], charts: dict[str, list[Chart]]) -> tuple[TruePerson, ...]:
    """Who is who."""
    entries = {hospital: {chart.number: chart.entry for chart in each} for hospital, each in charts.items()}
    return tuple(tell_person(life, entries_of(life, entries)) for life in lives)


def entries_of(life: Life, entries: dict[str, dict[int, Entry]]) -> dict[str, Entry]:
    """The person's entry at each of their hospitals, in the order of hospitals."""
    number = life.person.number
    return {hospital: known[number] for hospital, known in entries.items() if number in known}


def tell_person(life: Life, entries: dict[str, Entry]) -> TruePerson:
    """The truth about one person."""
    person = life.person
    return TruePerson(
        number=person.number,
        identity=person.identity,
        sex=person.sex,
        born=person.birth.isoformat(),
        died=day_or_blank(life.died),
        consent=person.consent,
        twin_of=person.twin_of,
        diseases={name: began.isoformat() for name, began in life.diseases.items()},
        local_ids={hospital: entry.local_id for hospital, entry in entries.items()},
        mrns={hospital: entry.mrn for hospital, entry in entries.items()},
    )


def day_or_blank(day: date | None) -> str:
    """A day as text, empty where there is none."""
    return day.isoformat() if day else ""
