"""A recipe over the tables of a snapshot: keys and days under the holder's secret, persons left out of all tables, treatments column by column."""

import hmac
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assess.assess_deid import DROP, KEEP, NAME, PEOPLE, QUASI, SAYS, SECRET, read, recipe, tables
from dujiang.assess.deid.ladders import ladders, rungs
from dujiang.assess.deid.recipe import Anonymity, Part, Recipe, Step
from dujiang.assess.deid.risk import measure
from dujiang.assess.deid.run import deidentify
from dujiang.errors import Malformed
from dujiang.identify.pseudonyms import derived

VISITS = {"visit_id": "BIGINT", "person_id": "BIGINT", "start": "DATE", "end_at": "TIMESTAMP", "cost": "DECIMAL(38,9)", "note": "VARCHAR", "born": "BIGINT"}
VISIT = {"visit_id": 7, "person_id": 1, "start": "2020-01-31", "end_at": "2020-02-03 10:11:12", "cost": "1234.56", "note": "abcdef", "born": 1950}
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def made(folder: Path, rows: list[dict[str, Any]], project: str = "p", secret: bytes = SECRET, days: int = 180, **steps: Step) -> list[dict[str, Any]]:
    with tables(folder, visits=(VISITS, rows)) as frames:
        done = deidentify(frames, {"visits": "visits"}, recipe(table="visits", columns=steps, shift_days=days), secret=secret, project=project)
        return read(frames, done.made["visits"])


@quick
@given(days=st.lists(st.dates(date(1950, 1, 1), date(2030, 1, 1)), min_size=2, max_size=12), range_=st.integers(1, 400))
def test_days_of_a_person_move_together_so_that_every_interval_stays(tmp_path_factory: pytest.TempPathFactory, days: list[date], range_: int) -> None:
    rows = [{**VISIT, "visit_id": n, "person_id": n % 2, "start": str(day)} for n, day in enumerate(days)]
    out = made(tmp_path_factory.mktemp("t"), rows, days=range_, start=Step(how="shift"), visit_id=KEEP)
    moved = {row["visit_id"]: row["start"] - days[row["visit_id"]] for row in out}
    for person in (0, 1):
        shifts = {by for n, by in moved.items() if n % 2 == person}
        assert len(shifts) <= 1 and all(1 <= abs(by.days) <= range_ for by in shifts)


def test_times_move_by_whole_days_with_their_dates(tmp_path: Path) -> None:
    (row,) = made(tmp_path, [VISIT], start=Step(how="shift"), end_at=Step(how="shift"))
    assert (row["end_at"].date() - row["start"]) == timedelta(days=3) and str(row["end_at"].time()) == "10:11:12"


def test_the_persons_of_a_crowd_move_by_many_different_days_either_way(tmp_path: Path) -> None:
    rows = [{**VISIT, "visit_id": n, "person_id": n} for n in range(300)]
    moved = {(row["start"] - date(2020, 1, 31)).days for row in made(tmp_path, rows, start=Step(how="shift"))}
    assert len(moved) > 150 and min(moved) < -90 and max(moved) > 90 and 0 not in moved


def test_a_pseudonym_is_the_hmac_that_python_makes_of_it(tmp_path: Path) -> None:
    key = derived(SECRET, b"dujiang/deid/v1\x00study")
    (row,) = made(tmp_path, [VISIT], "study", person_id=NAME, note=Step(how="pseudonym", of="hospital_number"))
    assert row["person_id"] == int(hmac.digest(key, b"person_id|1", "sha256").hex()[:15], 16)
    assert row["note"] == hmac.digest(key, b"hospital_number|abcdef", "sha256").hex()[:32]


@quick
@given(st.sets(st.integers(-(2**62), 2**62), min_size=1, max_size=20))
def test_pseudonyms_of_two_projects_or_two_secrets_share_nothing(tmp_path_factory: pytest.TempPathFactory, persons: set[int]) -> None:
    rows = [{**VISIT, "person_id": person} for person in sorted(persons)]
    folder = tmp_path_factory.mktemp
    sets = [
        {row["person_id"] for row in made(folder("t"), rows, project, secret, person_id=NAME)}
        for project, secret in (("a", SECRET), ("b", SECRET), ("a", SECRET[::-1]))
    ]
    assert [len(s) for s in sets] == [len(persons)] * 3
    assert not (sets[0] & sets[1] or sets[1] & sets[2] or sets[0] & sets[2] or sets[0] & persons)
    again = {row["person_id"] for row in made(folder("t"), rows[::-1], "a", SECRET, person_id=NAME)}
    assert again == sets[0]


def test_one_person_has_one_pseudonym_in_all_tables_and_keys_with_the_same_of_agree(tmp_path: Path) -> None:
    person = {"person_id": 1, "age": 30, "sex": "f", "area": "110101", "ill": "flu", "stay": 7}
    both = Recipe(id="t", version="1", says=SAYS, tables={
        "people": Part(columns={"person_id": NAME, "stay": Step(how="pseudonym", of="visit_id")}), "visits": Part(columns={"person_id": NAME, "visit_id": NAME}),
    })
    with tables(tmp_path, people=(PEOPLE, [person]), visits=(VISITS, [VISIT])) as frames:
        done = deidentify(frames, {"people": "people", "visits": "visits"}, both, secret=SECRET, project="p")
        (one,), (other,) = read(frames, done.made["people"]), read(frames, done.made["visits"])
    assert (one["person_id"], one["stay"]) == (other["person_id"], other["visit_id"])


def test_who_is_left_out_of_the_persons_is_left_out_of_every_table(tmp_path: Path) -> None:
    rows = [{"person_id": n, "age": 30, "sex": "f", "area": "110101", "ill": "flu", "stay": 1} for n in range(40)]
    rows[0] |= {"age": 99, "sex": "m", "area": "510107"}
    visits = [{**VISIT, "visit_id": 2 * n + m, "person_id": n} for n in range(40) for m in range(2)]
    columns = {"person_id": NAME, "visit_id": KEEP}
    both = Recipe(id="t", version="1", says=SAYS, tables={
        "visits": Part(columns=columns), "people": Part(columns={"person_id": NAME, **QUASI}, anonymity=Anonymity(k=5, suppress=0.1)),
    })
    with tables(tmp_path, people=(PEOPLE, rows), visits=(VISITS, visits)) as frames:
        done = deidentify(frames, {"people": "people", "visits": "visits"}, both, secret=SECRET, project="p")
        people, left = read(frames, done.made["people"]), read(frames, done.made["visits"])
        assert frames.rows("SELECT table_name FROM duckdb_tables() WHERE table_name IN ('deid_key', 'deid_gone', 'deid_combos')") == []
    assert len(people) == 39 and len(left) == 78 and {v["person_id"] for v in left} == {p["person_id"] for p in people}
    assert 0 not in {v["visit_id"] for v in left}
    assert {report.table: report.kept for report in done.reports} == {"people": 39, "visits": 78}


def test_a_table_or_column_without_a_step_is_not_there(tmp_path: Path) -> None:
    (row,) = made(tmp_path, [VISIT], visit_id=KEEP, person_id=DROP)
    assert row == {"visit_id": 7}
    with tables(tmp_path, visits=(VISITS, [VISIT]), people=(PEOPLE, [])) as frames:
        assert set(deidentify(frames, {"visits": "visits", "people": "people"}, recipe(table="visits", columns={"visit_id": KEEP}), secret=SECRET, project="p").made) == {"visits"}


@pytest.mark.parametrize(
    ("column", "step", "becomes"),
    [
        ("note", Step(how="mask"), "******"),
        ("note", Step(how="mask", show=2), "****ef"),
        ("note", Step(how="blank"), None),
        ("cost", Step(how="round", width=100), Decimal(1200)),
        ("cost", Step(how="cap", high=1000), Decimal(1000)),
        ("cost", Step(how="cap", low=2000), Decimal(2000)),
        ("cost", Step(how="cap", low=1, high=2000), Decimal("1234.56")),
        ("born", Step(how="cap", low=1960), 1960),
        ("born", Step(how="generalise", ladder="year", level=2), 1950),
        ("start", Step(how="generalise", ladder="date", level=1), date(2020, 1, 1)),
        ("start", Step(how="generalise", ladder="date", level=5), None),
        ("person_id", Step(how="round", width=10), 0),
    ],
)
def test_a_column_becomes_what_its_step_says(tmp_path: Path, column: str, step: Step, becomes: object) -> None:
    (row,) = made(tmp_path, [VISIT], **{column: step})
    assert row == {column: becomes}


@pytest.mark.parametrize("step", [NAME, Step(how="mask", show=3), Step(how="shift"), Step(how="cap", low=1), Step(how="round", width=2), Step(how="blank")])
def test_what_is_absent_stays_absent(tmp_path: Path, step: Step) -> None:
    column = {"shift": "start", "cap": "born", "round": "cost"}.get(step.how, "note")
    (row,) = made(tmp_path, [{**VISIT, column: None}], **{column: step})
    assert row == {column: None}


@pytest.mark.parametrize(
    ("ladder", "value", "said"),
    [
        ("icd10", "I21.9", ["I21.9", "I21", "IX", None]), ("icd10", "d48.1", ["d48.1", "D48", "II", None]), ("icd10", "D50.0", ["D50.0", "D50", "III", None]),
        ("icd10", "H60", ["H60", "H60", "VIII", None]), ("icd10", "U07.1", ["U07.1", "U07", "XXII", None]),
        ("area", "330106", ["330106", "330106", "330100", "330000", None]), ("postcode", "310000", ["310000", "3100", "310", "31", "3", None]),
        ("codes", "ICD10|I21.9 SNOMED|57054005 ICD10CN|E11.900", ["ICD10|I21.9 SNOMED|57054005 ICD10CN|E11.900", "ICD10CN|E11 ICD10|I21", None]),
        ("value", "x", ["x", None]),
    ],
)
def test_a_ladder_says_a_value_less_and_less_exactly(tmp_path: Path, ladder: str, value: str, said: list[str | None]) -> None:
    with tables(tmp_path) as frames:
        levels = ", ".join(rungs(ladder, "v"))
        assert list(frames.rows(f"SELECT {levels} FROM (SELECT $1::VARCHAR AS v)", [value])[0]) == said


def test_every_ladder_has_words_in_both_languages() -> None:
    assert all(ladder.says.en and ladder.says.zh for ladder in ladders().values())


@pytest.mark.parametrize(
    ("rule", "steps"),
    [
        ("deid.column", {"nowhere": KEEP}), ("deid.misfit", {"note": Step(how="shift")}), ("deid.misfit", {"note": Step(how="round", width=1)}),
        ("deid.level", {"born": Step(how="generalise", ladder="year")}),
    ],
)
def test_a_recipe_that_does_not_fit_the_table_is_refused_by_name_of_column_alone(tmp_path: Path, rule: str, steps: dict[str, Step]) -> None:
    with pytest.raises(Malformed, match=rule) as refused:
        made(tmp_path, [VISIT], **steps)
    assert "abcdef" not in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Step(how="generalise", ladder="age", level=9), lambda: Step(how="generalise", ladder="nothing"), lambda: Step(how="round"),
        lambda: Step(how="cap"), lambda: Step(how="cap", low=2, high=1), lambda: Step(how="mask", show=7), lambda: Anonymity(k=0), lambda: Anonymity(k=2, l=2),
        lambda: Anonymity(k=2, t=2, sensitive={"a": "equal"}), lambda: Anonymity(k=2, suppress=1), lambda: Part(columns={"a": KEEP}, anonymity=Anonymity(k=2)),
        lambda: recipe(Anonymity(k=2, l=2, sensitive={"age": "equal"})), lambda: recipe(table='people"; DROP TABLE people'), lambda: recipe(shift_days=0),
        lambda: Recipe(id="t", version="1", says=SAYS, tables=dict.fromkeys(("a", "b"), Part(columns=QUASI, anonymity=Anonymity(k=2)))),
    ],
)
def test_a_recipe_that_contradicts_itself_cannot_be_written(wrong: Any) -> None:
    with pytest.raises(Malformed):
        wrong()


def test_a_table_of_nobody_stays_empty_and_has_no_risk(tmp_path: Path) -> None:
    with tables(tmp_path, people=(PEOPLE, [])) as frames:
        done = deidentify(frames, {"people": "people"}, recipe(Anonymity(k=5)), secret=SECRET, project="p")
        assert read(frames, done.made["people"]) == []
    assert done.reports[0].after.prosecutor == 0


def test_risks_are_counted_as_their_sources_define_them(tmp_path: Path) -> None:
    def people(*ages: int) -> list[dict[str, Any]]:
        return [{"person_id": n, "age": age, "sex": "f", "area": "1", "ill": "x", "stay": 1} for n, age in enumerate(ages)]

    with tables(tmp_path, people=(PEOPLE, people(1, 1, 1, 2, 2, 3)), town=(PEOPLE, people(*[1] * 10, *[2] * 4, *[3] * 5, 9))) as frames:
        risk = measure(frames, "people", ["age"], population="town")
        sampled = measure(frames, "people", ["age"], sampled=0.25)
        strangers = measure(frames, "town", ["age"], population="people")
    assert (risk.records, risk.classes, risk.smallest, risk.prosecutor, risk.marketer) == (6, 3, 1, 1.0, 0.5)
    assert risk.unique == pytest.approx(1 / 6) and risk.journalist == 0.25
    assert sampled.journalist == 0.25 and strangers.journalist == 1.0


def test_persons_with_many_rows_are_counted_once(tmp_path: Path) -> None:
    rows = [{**VISIT, "visit_id": n, "person_id": n // 10, "born": 1950 + n // 30} for n in range(90)]
    with tables(tmp_path, visits=(VISITS, rows)) as frames:
        assert measure(frames, "visits", ["born"], person="person_id").smallest == 3
        columns = {"born": Step(how="generalise", ladder="year"), "person_id": NAME}
        (report,) = deidentify(frames, {"visits": "visits"}, recipe(Anonymity(k=4, suppress=0), table="visits", columns=columns), secret=SECRET, project="p").reports
    assert (report.before.smallest, report.after.smallest, report.levels) == (3, 9, {"born": 1})
