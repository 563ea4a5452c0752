"""The suite of SQL on FHIR v2, every test by itself, and FHIRPath's own tests, group by group: what differs is listed with its reason."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from dujiang.standardise.views.conformance import outcome, report
from shared_data import ROOT, shared
from standardise.standardise_views_fhirpath import DIFFERENCES, Verdict, groups, judged
from standardise.standardise_views_run import tables


def suite_files() -> list[Path]:
    top = Path(os.environ.get("DUJIANG_SHARED") or ROOT.parent / "shared")
    return sorted((top / "data" / "conformance" / "sql_on_fhir").glob("*.json"))


def suite_tests() -> list[Any]:
    found = [(path, number, test["title"]) for path in suite_files() for number, test in enumerate(json.loads(path.read_text())["tests"])]
    return [pytest.param(path.name, number, id=f"{path.stem}: {title}") for path, number, title in found] or [pytest.param("basic.json", 0, id="absent")]


@pytest.mark.parametrize(("file", "number"), suite_tests())
def test_a_view_gives_the_rows_the_suite_expects(file: str, number: int) -> None:
    suite = json.loads(shared(f"conformance/sql_on_fhir/{file}").read_text())
    assert outcome(suite["tests"][number], suite["resources"], tables) == ""


def test_the_report_has_the_suites_own_form_and_names_every_test() -> None:
    path = shared("conformance/sql_on_fhir/logic.json")
    suite = json.loads(path.read_text())
    told = report({path.name: suite}, tables)
    assert told == {"logic.json": {"tests": [{"name": test["title"], "result": {"passed": True}} for test in suite["tests"]]}}


def test_a_failed_test_is_told_as_failed_with_its_reason() -> None:
    patient = {"resourceType": "Patient", "id": "1"}
    column = {"column": [{"name": "id", "path": "id"}]}
    view = {"resource": "Patient", "select": [column]}
    tests = [
        {"title": "rows", "view": view, "expect": []},
        {"title": "error", "view": view, "expectError": True},
        {"title": "columns", "view": view, "expect": [{"id": "1"}], "expectColumns": ["x"]},
        {"title": "refused", "view": {}, "expect": []},
    ]
    told = report({"own.json": {"resources": [patient], "tests": tests}}, tables)["own.json"]["tests"]
    assert [t["result"]["passed"] for t in told] == [False] * 4
    assert [t["result"]["reason"].split(":")[0] for t in told] == [
        "the rows are others", "an error was expected", "the columns are others, or in another order", "refused",
    ]


@pytest.mark.parametrize("group", groups())
def test_fhirpath_gives_what_its_own_tests_expect_or_is_refused_or_differs_for_a_listed_reason(group: str) -> None:
    shared("conformance/fhirpath_r4/r4/fhirpath/tests-fhir-r4.xml")
    other = [found for found in judged() if found.group == group and found.verdict is Verdict.OTHER]
    assert [(found.path, found.got) for found in other if found.path not in DIFFERENCES] == []


def test_every_listed_difference_is_one() -> None:
    shared("conformance/fhirpath_r4/r4/fhirpath/tests-fhir-r4.xml")
    assert set(DIFFERENCES) - {found.path for found in judged() if found.verdict is Verdict.OTHER} == set()


def test_most_of_fhirpaths_own_tests_pass() -> None:
    shared("conformance/fhirpath_r4/r4/fhirpath/tests-fhir-r4.xml")
    verdicts = [found.verdict for found in judged()]
    assert verdicts.count(Verdict.PASSED) / len(verdicts) > 0.8
