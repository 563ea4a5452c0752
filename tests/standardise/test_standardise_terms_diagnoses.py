"""Diagnoses that came as text alone get codes when standardised: what is sure stands in `x_codes`, the text stays, and `x_terms` says how it was read."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.standardise import diagnoses
from dujiang.standardise.known import Known, matcher
from dujiang.standardise.terms.confirming import Confirmed
from dujiang.standardise.terms.matching import LONGEST, THRESHOLD
from dujiang.words import Code
from standardise.standardise_library import ATHENA, Given, Library
from standardise.standardise_node import LINE_PATIENT, PATIENT, SUBJECT, Record, concept, counted_once, line, resource


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


ODD = ["高血压", "怪病", "高血压?", "", "1.高血压2.糖尿病", "'; DROP TABLE x_terms; --", "a\x1fb", "\u202e高", "{}", "😀", "术后"]


def said(key: str, text: str | None, *codings: tuple[str | None, str | None, str | None]) -> Record:
    return resource("Condition", key, subject=SUBJECT, onsetDateTime="2020", code=concept(*codings, said=text))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("高血压病3级（极高危）", "ICD10|I10"), ("1.高血压病 2.2型糖尿病 3.冠心病", "ICD10|E11.9 ICD10|I10 ICD10|I25.1"), ("essential hypertention", "ICD10|I10"),
        ("左乳癌术后", "ICD10|C50.9"), ("高血压？", ""), ("否认糖尿病", ""), ("奇怪的东西", ""), ("高血压、奇怪的东西", "ICD10|I10"),
        ("高血压；疑似肺结核", "ICD10|I10"), ("高血压;高血压", "ICD10|I10"),
    ],
)
@pytest.mark.parametrize("form", ["fhir", "csv"])
def test_a_text_becomes_the_codes_it_surely_means_and_stays_as_it_is(library: Library, text: str, codes: str, form: str) -> None:
    records = [PATIENT, said("c", text)] if form == "fhir" else [LINE_PATIENT, line("conditions", "c", PATIENT="p1", START="2020-01-01", CODE=None, DESCRIPTION=text)]
    row = library.standard(*records).one("condition_occurrence", "c")
    assert (row["x_codes"], row["condition_source_value"]) == (codes, text)


def test_the_provenance_of_a_code_is_its_text_its_name_and_its_probability(library: Library) -> None:
    made = library.standard(PATIENT, said("a", "左侧股骨颈骨折术后"), said("b", "essential hypertention"), said("c", "左侧股骨颈骨折术后"))
    one, other = sorted(made.rows("x_terms"), key=lambda row: str(row["text"]), reverse=True)
    assert one == {
        "text": "左侧股骨颈骨折术后", "place": 1, "part": "股骨颈骨折", "qualifiers": "after:术后 side:左侧", "codes": "ICD10|S72.0", "name": "股骨颈骨折",
        "probability": Decimal("0.990"), "how": "exact", "state": "mapped", "candidates": "[]", "rows": 2,
    }
    assert other["how"] == "similar" and float(other["probability"]) >= THRESHOLD and other["rows"] == 1


def test_every_part_of_a_text_has_a_line_that_says_what_became_of_it(library: Library) -> None:
    made = library.standard(PATIENT, said("a", "高血压；奇怪的东西；肺癌待查"), said("b", "。。"), said("c", "癌" * (LONGEST + 1)))
    found = [(row["place"], row["part"], row["state"]) for row in sorted(made.rows("x_terms"), key=lambda r: (str(r["text"])[:1] != "高", r["place"], r["text"]))]
    assert found[:3] == [(1, "高血压", "mapped"), (2, "奇怪的东西", "unsure"), (3, "肺癌", "not_asserted")]
    assert Counter(found[3:]) == Counter({(0, "", "unread"): 2})
    assert max(len(str(row["text"])) for row in made.rows("x_terms")) == LONGEST
    (unsure,) = [row for row in made.rows("x_terms") if row["state"] == "unsure"]
    assert {"codes", "name", "probability", "how"} == set(json.loads(unsure["candidates"])[0])


def test_the_work_list_counts_what_has_no_code_and_apart_from_it_what_is_not_asserted(library: Library) -> None:
    made = library.standard(PATIENT, *(said(f"c{n}", text) for n, text in enumerate(["高血压", "怪病", "怪病", "高血压?", "否认糖尿病", "怪病、高血压?", None])))
    assert made.gaps("condition_occurrence", "condition_concept_id") == {
        ("ICD10", "I10", "no_vocabulary"): 1, ("", "", "no_code"): 4, ("", "", "text.not_asserted"): 2,
    }


def test_no_text_of_a_person_stands_on_the_work_list_that_all_may_see(library: Library) -> None:
    made = library.standard(PATIENT, said("a", "王小明的高血压"), said("b", "高血压；王小明"), said("c", "王小明"))
    assert not [row for row in made.rows("x_unmapped") if "王小明" in str(row) or "高血压" in str(row)]


def test_a_code_of_a_known_system_is_never_touched_by_its_text(library: Library) -> None:
    made = library.standard(PATIENT, said("c", "2型糖尿病", ("http://snomed.info/sct", "38341003", "高血压")))
    assert made.one("condition_occurrence", "c")["x_codes"] == "SNOMED|38341003" and not made.rows("x_terms")


def test_a_code_of_the_sources_own_stays_beside_the_one_found_in_its_text(library: Library) -> None:
    made = library.standard(PATIENT, said("c", None, (None, "00123", "高血压")), said("d", None, ("urn:his", "7", "怪病")))
    assert made.one("condition_occurrence", "c")["x_codes"] == "ICD10|I10 LOCAL|00123"
    assert made.one("condition_occurrence", "d")["x_codes"] == "LOCAL|7"
    assert made.gaps("condition_occurrence", "condition_concept_id") == {("ICD10", "I10", "no_vocabulary"): 1, ("urn:his", "7", "unknown_system"): 1}


def test_a_code_found_in_a_text_gets_its_concept(library: Library) -> None:
    library.shelve(*ATHENA)
    made = library.make(library.arrive(PATIENT, said("c", "高血压")))
    assert made.one("condition_occurrence", "c")["condition_concept_id"] == 320128 and not made.gaps("condition_occurrence", "condition_concept_id")


def test_the_hospitals_own_list_is_read_before_ours(library: Library) -> None:
    arrival = library.arrive(PATIENT, said("a", "高血压"), said("b", "院内罕见病"), said("c", "2型糖尿病"))
    library.shelve(Given("l.csv", "编码,名称\nI10.x05,高血压\nQ99.901,院内罕见病".encode()), system="ICD10CN")
    made = library.make(arrival)
    assert [made.one("condition_occurrence", key)["x_codes"] for key in "abc"] == ["ICD10CN|I10.x05", "ICD10CN|Q99.901", "ICD10|E11.9"]


def test_a_list_of_medicines_reads_no_diagnoses_and_a_newer_list_speaks_before_an_older(library: Library) -> None:
    library.shelve(Given("d.csv", "编码,名称\nX1,怪病".encode()), system="LOCAL", domain="Drug", name="drugs")
    arrival = library.arrive(PATIENT, said("a", "怪病"))
    assert library.make(arrival).one("condition_occurrence", "a")["x_codes"] == ""
    for number, name in enumerate(("older", "newer"), 1):
        library.shelve(Given("l.csv", f"编码,名称\nX{number},怪病".encode()), system="LOCAL", name=name)
    assert library.make(arrival).one("condition_occurrence", "a")["x_codes"] == "LOCAL|X2"


def test_chinese_names_of_an_athena_download_are_read(library: Library) -> None:
    library.shelve(*ATHENA)
    with library.frames() as frames:
        reader = matcher(frames, Known(tuple(library.tables.all(type(library.shelve(*ATHENA))))))
    (part,) = reader.read("原发性高血压病").parts
    assert [c.code for c in part.codes] == ["I10"]


def test_each_different_text_is_read_once_however_many_rows_have_it(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = diagnoses._rows
    monkeypatch.setattr(diagnoses, "_rows", lambda reader, text, count: (asked.append(text), real(reader, text, count))[1])
    made = library.standard(PATIENT, *(said(f"c{n:04}", ["高血压", "怪病", "冠心病"][n % 3]) for n in range(900)))
    assert sorted(asked) == sorted(["高血压", "怪病", "冠心病"]) and sum(row["rows"] for row in made.rows("x_terms")) == 900


def test_a_confirmed_term_is_read_at_the_next_standardising_and_the_list_of_the_unsure_shrinks(library: Library) -> None:
    arrival = library.arrive(PATIENT, said("a", "怪病"), said("b", "左侧怪病"), said("c", "怪并"))
    before = library.make(arrival)
    library.tables.put(Confirmed(id="t-1", state="confirmed", text="怪病", codes=(Code(system="ICD10", code="R69"),)))
    after = library.make(arrival)
    assert [before.one("condition_occurrence", k)["x_codes"] for k in "abc"] == ["", "", ""]
    assert [after.one("condition_occurrence", k)["x_codes"] for k in "ab"] == ["ICD10|R69", "ICD10|R69"]
    assert after.snapshot.unmapped <= before.snapshot.unmapped and after.snapshot.known != before.snapshot.known


@settings(max_examples=15)
@given(st.lists(st.sampled_from(ODD), max_size=12))
def test_no_record_is_lost_for_its_text_and_the_order_of_rows_changes_nothing(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    library = Library(tmp_path_factory.mktemp("any"))
    records = [PATIENT, *(said(f"c{n}", text) for n, text in enumerate(texts))]
    one, other = library.standard(*records), library.standard(*reversed(records))
    counted_once(one, records)
    assert len(one.rows("condition_occurrence")) == len(texts) and one.snapshot.id == other.snapshot.id
