"""The steward's acts: a list of what waits, a meaning confirmed or withdrawn, vocabularies loaded, replaced, retired; entries name no text of a person."""

from pathlib import Path

import msgspec
import pytest

from dujiang.errors import DujiangError, Malformed
from dujiang.standardise import term_acts, vocabulary_acts
from dujiang.standardise.terms.confirming import Confirmed, written
from dujiang.standardise.vocabularies.shelf import Vocabulary
from dujiang.words import Code
from standardise.standardise_library import ATHENA, Library
from standardise.standardise_node import PATIENT, SUBJECT, Record, concept, resource

R69 = Code(system="ICD10", code="R69")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "node")


def said(key: str, text: str) -> Record:
    return resource("Condition", key, subject=SUBJECT, onsetDateTime="2020", code=concept(said=text))


def folder(tmp_path: Path, name: str, content: dict[str, bytes]) -> str:
    place = tmp_path / name
    place.mkdir()
    for file, data in content.items():
        (place / file).write_bytes(data)
    return str(place)


class TestTerms:
    def test_the_list_shows_what_is_unsure_most_frequent_first_with_its_likeliest_codes(self, library: Library) -> None:
        texts = ["怪病", "左侧怪病", "少见怪病二", "高血压", "高血压?", "怪病"]
        made = library.make(library.arrive(PATIENT, *(said(f"c{n}", text) for n, text in enumerate(texts))))
        found = library.does(term_acts.work_list, term_acts.WorkList(snapshot=made.snapshot.id)).answer
        assert [(t["text"], t["rows"]) for t in found["terms"]] == [("怪病", 3), ("少见怪病二", 1)]
        assert (found["waiting"], found["not_shown"]) == (2, 0) and all(len(t["candidates"]) <= 5 for t in found["terms"])

    def test_what_may_hold_a_name_or_a_number_is_counted_and_not_shown(self, library: Library) -> None:
        made = library.make(library.arrive(PATIENT, said("a", "电话13812345678"), said("b", "患者王小明" * 12), said("c", "怪病")))
        found = library.does(term_acts.work_list, term_acts.WorkList(snapshot=made.snapshot.id)).answer
        assert [t["text"] for t in found["terms"]] == ["怪病"] and (found["waiting"], found["not_shown"]) == (3, 2)

    @pytest.mark.parametrize("most", [-1, 0, 1, 10**9])
    def test_any_length_may_be_asked_for(self, library: Library, most: int) -> None:
        made = library.make(library.arrive(PATIENT, said("a", "怪病"), said("b", "怪物")))
        found = library.does(term_acts.work_list, term_acts.WorkList(snapshot=made.snapshot.id, most=most)).answer
        assert len(found["terms"]) == min(2, max(1, most)) and found["waiting"] == 2

    def test_a_confirmed_text_leaves_the_list_at_once_and_gets_its_code_at_the_next_standardising(self, library: Library) -> None:
        arrival = library.arrive(PATIENT, said("a", "怪病（左侧）"))
        made = library.make(arrival)
        library.does(term_acts.confirm, term_acts.Confirm(text="怪病", codes=(R69,)))
        assert library.does(term_acts.work_list, term_acts.WorkList(snapshot=made.snapshot.id)).answer["waiting"] == 0
        assert library.make(arrival).one("condition_occurrence", "a")["x_codes"] == "ICD10|R69"

    def test_confirming_again_changes_the_meaning_and_withdrawing_forgets_it(self, library: Library) -> None:
        arrival = library.arrive(PATIENT, said("a", "怪病"))
        for code in ("R69", "R68.8"):
            library.does(term_acts.confirm, term_acts.Confirm(text="怪 病？", codes=(Code(system="ICD10", code=code),)))
        (term,) = library.tables.all(Confirmed)
        assert term.text == "怪病" and term.by == "u-steward" and library.make(arrival).one("condition_occurrence", "a")["x_codes"] == "ICD10|R68.8"
        library.does(term_acts.withdraw, None, term)
        assert library.make(arrival).one("condition_occurrence", "a")["x_codes"] == ""
        assert library.does(term_acts.confirmed, None).answer == []

    def test_a_text_that_is_no_diagnosis_is_confirmed_as_none(self, library: Library) -> None:
        library.does(term_acts.confirm, term_acts.Confirm(text="家属陪同"))
        made = library.make(library.arrive(PATIENT, said("a", "家属陪同")))
        assert [row["state"] for row in made.rows("x_terms")] == ["no_diagnosis"]

    def test_no_entry_holds_a_text_or_a_code(self, library: Library) -> None:
        outcome = library.does(term_acts.confirm, term_acts.Confirm(text="王小明的怪病", codes=(R69,)))
        assert outcome.facts == {"term": outcome.answer["term"], "codes": 1}

    @pytest.mark.parametrize(
        ("rule", "text", "codes"),
        [
            ("term.text", "", ()), ("term.text", "？！", ()), ("term.text", "左侧", ()), ("term.text", "长" * 101, ()),
            ("term.text", "x" * 10**6, ()), ("term.system", "怪病", (("NONSENSE", "1"),)),
            ("term.code", "怪病", (("ICD10", "10"),)), ("term.code", "怪病", (("ICD10", "王小明"),)), ("term.code", "怪病", (("LOCAL", "a b"),)),
            ("term.code", "怪病", (("LOCAL", "a|b"),)),
            ("term.code", "怪病", (("SNOMED", ""),)), ("term.codes", "怪病", (("ICD10", "R69"),) * 2),
            ("term.codes", "怪病", tuple(("ICD10", f"R0{n}") for n in range(6))),
        ],
    )
    def test_what_cannot_be_a_term_or_a_code_is_refused_without_naming_it(self, library: Library, rule: str, text: str, codes: tuple[tuple[str, str], ...]) -> None:
        with pytest.raises(Malformed) as refused:
            library.does(term_acts.confirm, term_acts.Confirm(text=text, codes=tuple(Code(system=s, code=c) for s, c in codes)))
        assert refused.value.rule == rule and refused.value.zh and "王小明" not in str(refused.value) and not library.tables.things

    @pytest.mark.parametrize("code", ["I10", "E11.9", "E11.900x001", "I10.x00", "G30.901+F00.9", "Z51.1"])
    def test_codes_of_every_edition_are_accepted(self, code: str) -> None:
        assert Confirmed(id="t", state="confirmed", text="x", codes=(Code(system="ICD10CN", code=code),)).codes

    @pytest.mark.parametrize("text", ["怪病", "左侧怪病术后", "怪病？", "Odd disease"])
    def test_a_term_is_written_once(self, text: str) -> None:
        assert written(written(text)) == written(text)


class TestVocabularies:
    def test_a_download_is_loaded_by_a_job_and_recorded_with_its_counts(self, library: Library, tmp_path: Path) -> None:
        place = folder(tmp_path, "athena", {f.name: f.content for f in ATHENA})
        asked = vocabulary_acts.Load(place=place, name="Athena", rights="licensed")
        queued = library.does(vocabulary_acts.queue, asked)
        (job,) = queued.keep
        assert job.work == "vocabulary.load" and queued.facts == {"rights": "licensed"}  # type: ignore[attr-defined]
        outcome = library.does(vocabulary_acts.loaded, vocabulary_acts.run(library, msgspec.json.decode(job.args, type=vocabulary_acts.Load), lambda d, o: None))  # type: ignore[attr-defined, arg-type]
        (kept,) = library.does(vocabulary_acts.listed, None).answer
        assert outcome.answer["vocabulary"] == kept.id and kept.state == "loaded" and kept.name == "Athena"
        assert "Athena" not in str(outcome.facts) and outcome.facts["set_aside"] == 0

    def test_a_newer_version_retires_the_one_of_its_name_and_no_other(self, library: Library, tmp_path: Path) -> None:
        for number, (name, code) in enumerate([("a", "X1"), ("b", "X2"), ("a", "X3")]):
            place = folder(tmp_path, str(number), {"l.csv": f"code,name\n{code},怪病".encode()})
            asked = vocabulary_acts.Load(place=place, name=name, rights="own", system="LOCAL")
            library.does(vocabulary_acts.loaded, vocabulary_acts.run(library, asked, lambda d, o: None))  # type: ignore[arg-type]
        assert sorted((v.name, v.state) for v in library.tables.all(Vocabulary)) == [("a", "loaded"), ("a", "retired"), ("b", "loaded")]
        (old,) = library.tables.all(Vocabulary, state="retired")
        library.does(vocabulary_acts.restore, None, old)
        assert [v.state for v in library.tables.all(Vocabulary, parent="a")] == ["loaded", "retired"]

    def test_a_retired_vocabulary_reads_nothing(self, library: Library, tmp_path: Path) -> None:
        asked = vocabulary_acts.Load(place=folder(tmp_path, "l", {"l.csv": "code,name\nX1,怪病".encode()}), name="a", rights="own", system="LOCAL")
        library.does(vocabulary_acts.loaded, vocabulary_acts.run(library, asked, lambda d, o: None))  # type: ignore[arg-type]
        arrival = library.arrive(PATIENT, said("a", "怪病"))
        assert library.make(arrival).one("condition_occurrence", "a")["x_codes"] == "LOCAL|X1"
        library.does(vocabulary_acts.retire, None, library.tables.all(Vocabulary)[0])
        assert library.make(arrival).one("condition_occurrence", "a")["x_codes"] == ""

    @pytest.mark.parametrize("asked", [{"rights": "stolen"}, {"name": ""}, {"system": ""}, {"system": "x"}, {"place": "/nowhere"}])
    def test_what_cannot_be_loaded_is_refused_before_a_job_is_queued(self, library: Library, tmp_path: Path, asked: dict[str, str]) -> None:
        place = folder(tmp_path, "l", {"l.csv": b"code,name\nX1,x"})
        with pytest.raises(DujiangError):
            library.does(vocabulary_acts.queue, vocabulary_acts.Load(**{"place": place, "name": "n", "rights": "own", "system": "LOCAL", **asked}))
        assert not library.tables.things

    def test_codes_say_their_names_in_both_languages_the_nodes_own_before_ours(self, library: Library, tmp_path: Path) -> None:
        content = "code,name,en,also\nI10,高血压（本院）,,血压病\nE11.9,糖尿病,Diabetes,".encode()
        asked = vocabulary_acts.Load(place=folder(tmp_path, "l", {"l.csv": content}), name="a", rights="own", system="ICD10")
        codes = vocabulary_acts.Codes(codes=tuple(Code(system="ICD10", code=c) for c in ("I10", "E11.9", "I25.1", "Q00")))
        before = {n["code"]: n["zh"] for n in library.does(vocabulary_acts.names, codes).answer}
        library.does(vocabulary_acts.loaded, vocabulary_acts.run(library, asked, lambda d, o: None))  # type: ignore[arg-type]
        after = {n["code"]: (n["en"], n["zh"]) for n in library.does(vocabulary_acts.names, codes).answer}
        assert set(before) == {"I10", "E11.9", "I25.1"} and before["I10"] == "特发性高血压"
        assert after["I10"] == ("高血压（本院）", "高血压（本院）") and after["E11.9"] == ("Diabetes", "糖尿病") and after["I25.1"][1].startswith("冠状动脉")

    def test_too_many_codes_at_once_are_refused(self) -> None:
        with pytest.raises(Malformed, match="code.many"):
            vocabulary_acts.Codes(codes=tuple(Code(system="ICD10", code=str(n)) for n in range(201)))
