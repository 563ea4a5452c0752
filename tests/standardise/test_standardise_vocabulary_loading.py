"""A vocabulary is loaded whole or not at all: hashed, sealed, in slices; the same content again changes nothing, and a bad row costs no other."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.errors import Malformed
from dujiang.standardise.vocabularies.shelf import RIGHTS, ZONE, Aside, Vocabulary
from dujiang.store.frames import DuckFrames
from shared_data import shared
from standardise.standardise_library import ATHENA, CONCEPT, CONCEPTS, RELATIONSHIP, Given, Library, concept, maps_to, rows, workbook


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


def held(library: Library, vocabulary: Vocabulary, table: str) -> list[tuple[object, ...]]:
    with DuckFrames(library.blobs) as frames:
        files = ", ".join(f"'{frames.url(ZONE, name)}'" for name in vocabulary.files(table))
        return frames.rows(f"SELECT * FROM read_parquet([{files}]) ORDER BY ALL")


LIST = "编码,疾病名称,英文名称,别名\nI10.x00,高血压,Hypertension,高血压病;血压高\nE11.900,2型糖尿病,,\n".encode()


def test_an_athena_download_becomes_three_tables_and_says_its_release(library: Library) -> None:
    loaded = library.shelve(*ATHENA)
    assert loaded.rows == {"concept": len(CONCEPTS), "maps": 6, "names": 1} and loaded.aside == ()
    assert loaded.release == "v5.0 30-AUG-26" and loaded.domain == "" and loaded.rights == "licensed"
    assert loaded.systems["SNOMED"] == 8 and loaded.systems["RXNORM"] == 1 and sum(loaded.systems.values()) == len(CONCEPTS)
    assert held(library, loaded, "names") == [("", "", 45591453, "zh", "原发性高血压病")]
    assert (45591453, 320128) in held(library, loaded, "maps") and (320128, 316866) not in held(library, loaded, "maps")


@pytest.mark.parametrize("slice_size", [1, 2, 5, 17, 1000])
def test_the_size_of_a_slice_changes_nothing_but_the_number_of_files(library: Library, slice_size: int) -> None:
    loaded = library.shelve(*ATHENA, slice_size=slice_size)
    assert len(held(library, loaded, "concept")) == len(CONCEPTS)
    assert loaded.parts["concept"] == -(-len(CONCEPTS) // slice_size)


def test_the_id_follows_from_the_content_and_loading_it_again_reads_nothing(library: Library, tmp_path: Path) -> None:
    one = library.shelve(*ATHENA)
    before = {name: library.blobs.path(ZONE, name).stat().st_mtime_ns for name in library.blobs.names(ZONE)}
    again = library.shelve(*reversed(ATHENA), name="another name", rights="own")
    assert again.id == one.id and (again.name, again.rights) == ("another name", "own")
    assert {name: library.blobs.path(ZONE, name).stat().st_mtime_ns for name in library.blobs.names(ZONE)} == before
    assert Library(tmp_path / "elsewhere").shelve(*ATHENA).id == one.id
    changed = Given("CONCEPT.csv", ATHENA[0].content + b"\n" + "\t".join(map(str, concept(9, "x", "Condition", "SNOMED", "9", "S"))).encode())
    assert library.shelve(changed, *ATHENA[1:]).id != one.id


def test_what_was_lost_from_the_zone_is_loaded_anew(library: Library) -> None:
    loaded = library.shelve(*ATHENA)
    library.blobs.delete(ZONE, loaded.files("maps")[0])
    assert held(library, library.shelve(*ATHENA), "maps")


def test_nothing_lies_in_the_clear(library: Library) -> None:
    loaded = library.shelve(*ATHENA)
    for table in ("concept", "maps", "names"):
        for name in loaded.files(table):
            content = library.blobs.path(ZONE, name).read_bytes()
            assert b"PAR1" not in content and "高血压".encode() not in content


@pytest.mark.parametrize("pack", [lambda b: b, gzip.compress, lambda b: b"\xef\xbb\xbf" + b, lambda b: b.replace(b"\n", b"\r\n")], ids=["plain", "gzip", "bom", "crlf"])
def test_a_download_may_be_packed_and_its_header_in_any_case_and_order(library: Library, pack: object) -> None:
    turned = ["CONCEPT_CODE", *[c.upper() for c in CONCEPT if c != "concept_code"]]
    content = rows(turned, *((c[6], *c[:6], *c[7:]) for c in CONCEPTS))
    loaded = library.shelve(Given("x/concept.csv.gz", pack(content)), ATHENA[1])  # type: ignore[operator]
    assert loaded.rows["concept"] == len(CONCEPTS) and loaded.systems["UCUM"] == 1


def test_a_comma_separated_download_with_quoted_names_is_read_too(library: Library) -> None:
    content = ",".join(CONCEPT) + '\n7,"Pain, acute",Condition,SNOMED,x,S,77,,,\n'
    assert held(library, library.shelve(Given("CONCEPT.csv", content.encode())), "concept") == [("SNOMED", "77", 7, "Condition", "Pain, acute", True, True)]


def test_a_real_download_is_read(library: Library) -> None:
    files = [Given(p.name, p.read_bytes()) for p in sorted(shared("omop/gibleed_2694").glob("*.csv.gz"))]
    loaded = library.shelve(*files)
    assert loaded.rows["concept"] == 444 and loaded.rows["maps"] == 3 and loaded.systems["RXNORM"] == 200 and loaded.aside == ()


def test_rows_that_cannot_be_read_are_counted_by_rule_with_their_first_line_and_cost_no_other(library: Library) -> None:
    good = concept(5, "Good", "Condition", "SNOMED", "5", "S")
    broken = b"6\tshort row\n" + rows(concept("x", "No number", "Condition", "SNOMED", "6", "S"), concept(8, "No code", "Condition", "SNOMED", "", "S"))  # type: ignore[arg-type]
    content = rows(CONCEPT, good) + b"\n" + broken + b"\n\xff\xfe\t\n" + "\t".join(map(str, concept(9, "Last", "Condition", "SNOMED", "9", "S"))).encode()
    loaded = library.shelve(Given("CONCEPT.csv", content))
    assert [row[1] for row in held(library, loaded, "concept")] == ["5", "9"]
    assert loaded.aside == (
        Aside("CONCEPT.csv", "concept.incomplete", 2, 4), Aside("CONCEPT.csv", "csv.columns", 1, 3), Aside("CONCEPT.csv", "line.encoding", 1, 6),
    )


def test_a_truncated_file_keeps_the_rows_before_the_cut(library: Library) -> None:
    content = gzip.compress(rows(CONCEPT, *(concept(n, f"Concept {n} {n * 7919 % 9973}", "Condition", "SNOMED", str(n), "S") for n in range(1, 4000))))
    loaded = library.shelve(Given("CONCEPT.csv.gz", content[: len(content) // 2]))
    assert 0 < loaded.rows["concept"] < 3999 and [a.rule for a in loaded.aside] == ["gzip.truncated"]


def test_an_identifier_that_is_none_never_becomes_a_mapping(library: Library) -> None:
    content = rows(RELATIONSHIP, maps_to("9" * 30, 1), maps_to(-1, 1), maps_to("１", 1), maps_to(3, 4))  # type: ignore[arg-type]
    loaded = library.shelve(ATHENA[0], Given("CONCEPT_RELATIONSHIP.csv", content))
    assert held(library, loaded, "maps") == [(3, 4)] and loaded.aside == (Aside("CONCEPT_RELATIONSHIP.csv", "relationship.incomplete", 3, 2),)


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (LIST, [
            ("I10.x00", "also", "血压高"), ("I10.x00", "also", "高血压病"), ("I10.x00", "en", "Hypertension"), ("I10.x00", "zh", "高血压"),
            ("E11.900", "zh", "2型糖尿病"),
        ]),
        ("code\tdisease\nA17+\t神经系统的结核\nG01*\t脑膜炎".encode(), [("A17", "zh", "神经系统的结核"), ("G01", "zh", "脑膜炎")]),
        ("A00.000 霍乱，古典生物型\nA00.900 霍乱".encode(), [("A00.000", "zh", "霍乱，古典生物型"), ("A00.900", "zh", "霍乱")]),
        ("诊断代码；诊断名称".replace("；", ";").encode("gb18030") + "\nI10;高血压".encode("gb18030"), [("I10", "zh", "高血压")]),
        ("I10|高血压\nE11|糖尿病".encode(), [("I10", "zh", "高血压"), ("E11", "zh", "糖尿病")]),
        ("备注,ICD-10 编码,诊断名称\nx,I10,高血压\n".encode(), [("I10", "zh", "高血压")]),
        (workbook([["编码", "名称"], ["I10", "高血压"], [401, "数字编码"], [], ["E11.9", "糖尿病"]]),
         [("401", "zh", "数字编码"), ("E11.9", "zh", "糖尿病"), ("I10", "zh", "高血压")]),
    ],
    ids=["full", "daggers", "headerless", "gb18030", "bars", "middle", "workbook"],
)
def test_a_list_of_any_common_shape_is_read(library: Library, content: bytes, kept: list[tuple[str, str, str]]) -> None:
    loaded = library.shelve(Given("list.csv", content), system="ICD10CN")
    assert sorted((c, lang, n) for _, c, _, lang, n in held(library, loaded, "names")) == sorted(kept)  # type: ignore[misc]
    assert loaded.domain == "Condition" and set(loaded.systems) == {"ICD10CN"} and loaded.rows["concept"] == len({code for code, _, _ in kept})
    assert loaded.aside == ()


def test_a_list_row_without_code_or_name_is_set_aside(library: Library) -> None:
    loaded = library.shelve(Given("l.csv", "code,name\nI10,高血压\n,没有编码\nE11,\n王 小明,不是编码\nI20,心绞痛".encode()), system="ICD10CN")
    assert loaded.rows["names"] == 2 and loaded.aside == (Aside("l.csv", "list.incomplete", 3, 3),)


@pytest.mark.parametrize(
    ("rule", "content", "asked"),
    [
        ("vocabulary.rights", LIST, {"rights": "stolen", "system": "ICD10CN"}), ("vocabulary.name", LIST, {"name": " ", "system": "ICD10CN"}),
        ("vocabulary.system", LIST, {}), ("vocabulary.system", LIST, {"system": "NONSENSE"}), ("vocabulary.domain", LIST, {"system": "ICD10CN", "domain": "Money"}),
        ("vocabulary.columns", b"a,b,c\n1,2,3", {"system": "ICD10CN"}), ("vocabulary.empty", b"code,name\n", {"system": "ICD10CN"}),
        ("vocabulary.empty", b"", {"system": "ICD10CN"}),
        ("vocabulary.sheet", b"PK\x03\x04 not a workbook", {"system": "ICD10CN"}),
    ],
)
def test_what_is_no_vocabulary_or_lacks_what_only_the_steward_knows_is_refused(library: Library, rule: str, content: bytes, asked: dict[str, str]) -> None:
    with pytest.raises(Malformed) as refused:
        library.shelve(Given("list.csv", content), **asked)  # type: ignore[arg-type]
    assert refused.value.rule == rule and refused.value.zh and not library.tables.things


def test_a_download_without_a_needed_column_is_refused_by_the_columns_name(library: Library) -> None:
    with pytest.raises(Malformed, match="standard_concept"):
        library.shelve(Given("CONCEPT.csv", rows([c for c in CONCEPT if c != "standard_concept"])))


def test_a_workbook_that_unpacks_to_more_than_a_machine_holds_is_refused_unread(library: Library) -> None:
    bomb = workbook([["编码", "名称"], ["I10", "血" * 30_000_000]])
    assert len(bomb) < 1 << 20
    with pytest.raises(Malformed, match="vocabulary.sheet_size"):
        library.shelve(Given("list.xlsx", bomb), system="ICD10CN")


@settings(max_examples=25)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_refused_in_words(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    library = Library(tmp_path_factory.mktemp("any"))
    try:
        assert library.shelve(Given("x", content), system="LOCAL").rows["concept"] > 0
    except Malformed as refused:
        assert refused.en and refused.zh


def test_progress_counts_every_byte_twice_and_never_backwards(library: Library) -> None:
    library.shelve(*ATHENA)
    done = [d for d, _ in library.told]
    assert done == sorted(done) and library.told[-1][0] == library.told[-1][1] == 2 * sum(f.size for f in ATHENA[:4])


def test_the_rights_are_explained_in_both_languages() -> None:
    assert all(said.en and said.zh for said in RIGHTS.values())
