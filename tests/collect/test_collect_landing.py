"""Landing: one delivery becomes one arrival with its records and its quarantine, whatever is broken in it."""

import gzip
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collect.collect_shore import Handed, Shore, handed
from dujiang.collect.arrivals import Arrival, Finding, arrival_id, quarantine_name, raw_name, records_name
from dujiang.collect.readers.items import Broken
from dujiang.collect.rules import COUNTED, QUARANTINE, REMARKS, RULES
from dujiang.collect.sources import open_source
from dujiang.collect.tally import Tally
from dujiang.errors import Conflict, Malformed, Refused

PATIENTS_CSV = "Id,BIRTHDATE,GENDER\np1,1980-01-01,M\np2,1990-01-01,F\n"


def resource(kind: str = "Patient", key: str = "p1", **more: Any) -> str:
    return json.dumps({"resourceType": kind, "id": key, **more})


def test_a_broken_line_is_quarantined_with_file_line_and_reason(shore: Shore) -> None:
    arrival = shore.land({"a.ndjson": f"{resource()}\nnot json\n{resource(key='p2')}\n", "b.csv": "x,y\n1\n2,3\n"})
    assert shore.quarantine(arrival) == [("a.ndjson", 2, "json.syntax", "", ""), ("b.csv", 2, "csv.columns", "b", "")]
    assert (arrival.records, arrival.quarantined) == (3, 2)
    assert arrival.by_kind == {"Patient": 2, "b": 1}
    assert arrival.by_rule == {"csv.columns": 1, "json.syntax": 1}


def test_records_carry_form_kind_key_file_line_and_their_text(shore: Shore) -> None:
    arrival = shore.land({"north/Patient.ndjson": resource(), "patients.csv": PATIENTS_CSV})
    assert shore.records(arrival) == [
        ("fhir-r4", "Patient", "p1", "north/Patient.ndjson", 1, resource()),
        ("synthea-csv", "patients", "p1", "patients.csv", 2, '{"Id":"p1","BIRTHDATE":"1980-01-01","GENDER":"M"}'),
        ("synthea-csv", "patients", "p2", "patients.csv", 3, '{"Id":"p2","BIRTHDATE":"1990-01-01","GENDER":"F"}'),
    ]


def test_the_tables_columns_have_the_types_of_the_contract(shore: Shore) -> None:
    arrival = shore.land({"a.ndjson": resource() + "\nx"})
    with shore.frames() as frames:
        types = [
            {r[0]: r[1] for r in frames.rows(f"DESCRIBE SELECT * FROM read_parquet('{frames.url(arrival.zone, name)}')")}
            for name in (records_name(arrival.id), quarantine_name(arrival.id))
        ]
    text = {"form", "kind", "key", "file", "body"}
    assert types[0] == {"seq": "BIGINT", **dict.fromkeys(text, "VARCHAR"), "line": "BIGINT"}
    assert types[1] == {**dict.fromkeys(("file", "rule", "kind", "key"), "VARCHAR"), "line": "BIGINT"}


def test_landing_twice_changes_nothing(shore: Shore) -> None:
    files = {"a.ndjson": f"{resource()}\nbad\n", "patients.csv": PATIENTS_CSV}
    first = shore.land(files)
    before = {name: shore.zones.path(first.zone, name).read_bytes() for name in shore.zones.names(first.zone)}
    again = shore.land(dict(reversed(files.items())))
    assert again == first
    assert {name: shore.zones.path(first.zone, name).read_bytes() for name in shore.zones.names(first.zone)} == before


def test_the_delivered_bytes_are_kept_as_they_came_even_when_nothing_can_be_read(shore: Shore) -> None:
    data = bytes(range(256)) * 50
    arrival = shore.land({"scan.bin": data})
    (file,) = arrival.files
    with shore.zones.read(arrival.zone, raw_name(arrival.id, file.sha256)) as stream:
        assert stream.read() == data
    assert (file.size, file.form) == (len(data), "unknown")
    assert shore.quarantine(arrival) == [("scan.bin", 1, "file.unknown_form", "", "")]


def test_an_empty_delivery_is_refused_in_both_languages(shore: Shore) -> None:
    with pytest.raises(Malformed, match="arrival.empty") as caught:
        shore.land({})
    assert caught.value.says("en") != caught.value.says("zh")


def test_a_delivery_that_names_two_files_alike_is_refused(shore: Shore) -> None:
    with pytest.raises(Malformed, match="arrival.same_name"):
        shore.land([*handed({"a.csv": "x"}), *handed({"a.csv": "y"})])


def test_a_closed_source_takes_nothing(shore: Shore) -> None:
    shore.source = shore.source.with_(state="closed")
    with pytest.raises(Refused, match="source.closed"):
        shore.land({"a.csv": "x"})
    assert shore.zones.names(shore.source.zone) == []


def test_a_file_that_changes_while_it_is_landed_is_refused_and_nothing_half_sealed_is_left(shore: Shore) -> None:
    class Growing(Handed):
        def open(self) -> Any:
            object.__setattr__(self, "data", self.data + b"more\n")
            return super().open()

    with pytest.raises(Conflict, match="arrival.changed"):
        shore.land([Growing("a.ndjson", b"x\n")])
    assert shore.zones.names(shore.source.zone) == []


def test_the_arrivals_id_follows_from_source_names_and_content_alone() -> None:
    files = [("b", "2" * 64), ("a", "1" * 64)]
    assert arrival_id("s", files) == arrival_id("s", reversed(files))
    assert len({arrival_id("s", files), arrival_id("t", files), arrival_id("s", files[:1]), arrival_id("s", [("c", "2" * 64), files[1]])}) == 4
    assert arrival_id("s", files).startswith("a-") and len(arrival_id("s", files)) == 26


def test_two_arrivals_with_the_same_file_name_and_other_content_are_both_kept_and_the_later_says_so(shore: Shore) -> None:
    first = shore.land({"Patient.ndjson": resource(key="p1"), "same.csv": "a,b\n1,2\n"})
    second = shore.land({"Patient.ndjson": resource(key="p2"), "same.csv": "a,b\n1,2\n"})
    assert first.id != second.id and first.findings == ()
    assert second.findings == (Finding(rule="file.same_name_other_content", file="Patient.ndjson", what=first.id),)
    assert [r[2] for r in shore.records(first) if r[1] == "Patient"] == ["p1"]
    assert [r[2] for r in shore.records(second) if r[1] == "Patient"] == ["p2"]


def test_another_sources_file_of_the_same_name_is_no_finding(shore: Shore) -> None:
    shore.land({"Patient.ndjson": resource(key="p1")})
    shore.source = open_source("LIS", "north")
    assert shore.land({"Patient.ndjson": resource(key="p2")}).findings == ()


def test_one_file_under_two_names_is_read_once_and_counted(shore: Shore) -> None:
    arrival = shore.land({"a.ndjson": resource(), "copy of a.ndjson": resource()})
    assert (arrival.records, arrival.quarantined, arrival.by_rule) == (1, 0, {"file.duplicate": 1})
    assert arrival.findings == (Finding(rule="file.duplicate", file="copy of a.ndjson"),)
    assert len(arrival.files) == 2


def test_an_identical_line_is_kept_once_and_counted(shore: Shore) -> None:
    arrival = shore.land({"a.ndjson": f"{resource()}\n{resource()}\n", "b.ndjson": f"{resource(key='x')}\n{resource()}\n"})
    assert (arrival.records, arrival.quarantined, arrival.by_rule) == (2, 0, {"record.duplicate": 2})


def test_of_two_versions_of_a_record_the_later_in_order_of_files_is_kept(shore: Shore) -> None:
    arrival = shore.land({"b.ndjson": resource(gender="male"), "a.ndjson": f"{resource(gender='other')}\n{resource(gender='female')}"})
    assert shore.records(arrival, "file, line, body") == [("b.ndjson", 1, resource(gender="male"))]
    assert arrival.by_rule == {"record.superseded": 2}


def test_of_a_history_bundle_the_newest_version_is_kept(shore: Shore) -> None:
    versions = [{"resource": json.loads(resource(active=n))} for n in (3, 2, 1)]
    history = json.dumps({"resourceType": "Bundle", "type": "history", "entry": versions})
    arrival = shore.land({"history.json": history})
    assert [json.loads(body)["active"] for (body,) in shore.records(arrival, "body")] == [3]
    assert arrival.by_rule == {"record.superseded": 2}


def test_equal_records_without_an_id_in_one_file_are_each_kept_under_their_own_key(shore: Shore) -> None:
    row = "2020-01-01,p1,123"
    arrival = shore.land({"conditions.csv": f"START,PATIENT,CODE\n{row}\n{row}\n2021-01-01,p1,9\n{row}\n"})
    keys = dict(shore.records(arrival, "line, key"))
    one, other = keys[2], keys[4]
    assert keys == {2: one, 3: f"{one}#2", 4: other, 5: f"{one}#3"}
    assert one != other and arrival.by_rule == {}


def test_equal_records_without_an_id_in_two_files_are_one_record_each_time_they_come(shore: Shore) -> None:
    row = "2020-01-01,p1,123\n"
    arrival = shore.land({"a/conditions.csv": f"START,PATIENT,CODE\n{row}{row}", "b/conditions.csv": f"START,PATIENT,CODE\n{row}"})
    assert arrival.records == 2 and arrival.by_rule == {"record.duplicate": 1}


def test_an_arrival_larger_than_memory_gives_the_same_as_one_that_is_not(new_shore: Callable[[], Shore]) -> None:
    lines = [resource(key=f"p{n % 70}", n=n // 90) for n in range(100)] + ["bad", '{"resourceType":"Basic"}', '{"resourceType":"Basic"}']
    files: dict[str, bytes | str] = {"a.ndjson": "\n".join(lines), "b.ndjson": "\n".join(lines[40:60])}
    whole, sliced = new_shore(), new_shore()
    one, many = whole.land(files), sliced.land(files, slice_size=300)
    assert one == many and one.by_rule == {"json.syntax": 1, "record.duplicate": 20 + 20, "record.superseded": 10}
    assert whole.records(one) == sliced.records(many) and len(whole.records(one)) == 72
    assert not [name for name in sliced.zones.names(many.zone) if name.startswith("landing/")]


def test_silent_files_take_the_version_of_their_delivery_and_a_hint_overrides(shore: Shore) -> None:
    files: dict[str, bytes | str] = {
        "Organization.ndjson": resource("Organization"), "Condition.ndjson": resource("Condition", clinicalStatus="active")
    }
    assert {f.form for f in shore.land(files).files} == {"fhir-stu3"}
    shore.source = open_source("Old", "north", form="fhir-r4")
    assert {f.form for f in shore.land(files).files} == {"fhir-r4"}


def test_a_delivery_may_mix_versions_and_forms(shore: Shore) -> None:
    old = resource("Condition", "c1", clinicalStatus="active")
    new = resource("Condition", "c2", clinicalStatus={"coding": []})
    arrival = shore.land({"1.ndjson": old, "2.json": json.dumps(json.loads(new), indent=2), "patients.csv": PATIENTS_CSV})
    assert [f.form for f in arrival.files] == ["fhir-stu3", "fhir-r4", "synthea-csv"]


def test_remarks_on_whole_files_are_findings(shore: Shore) -> None:
    arrival = shore.land(
        {
            "empty.csv": "", "header.csv": "a,b\n", "patients.csv": "Id,GENDER\n1,M\n", "zero.json": " \n",
            "log.ndjson": json.dumps({"exportId": "e", "timestamp": "t", "eventId": "kickoff", "eventDetail": {}}),
        }
    )
    assert {(f.file, f.rule, f.what, f.rows) for f in arrival.findings} == {
        ("empty.csv", "file.empty", "", 0), ("zero.json", "file.empty", "", 0), ("header.csv", "csv.no_rows", "", 0),
        ("patients.csv", "csv.missing_column", "BIRTHDATE", 1), ("log.ndjson", "file.export_log", "", 0),
    }
    assert (arrival.records, arrival.quarantined) == (0, 1)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.zip", b"PK\x03\x04" + bytes(100)), ("x.pdf", b"%PDF-1.7\n1 0 obj"), ("x.xml", b'<?xml version="1.0"?>\n<Patient/>'),
        ("notes", b"just words without a delimiter"), ("x.xml.gz", gzip.compress(b"<Bundle a='1,2'>", mtime=0)),
    ],
)
def test_a_file_of_another_kind_is_set_aside_once_as_a_whole(shore: Shore, name: str, data: bytes) -> None:
    arrival = shore.land({name: data, "a.ndjson": resource()})
    assert arrival.by_rule == {"file.unknown_form": 1} and arrival.records == 1


def test_an_image_of_nothing_is_damaged_and_no_unknown_form(shore: Shore) -> None:
    arrival = shore.land({"x.dcm": bytes(128) + b"DICM", "a.ndjson": resource()})
    assert arrival.by_rule == {"dicom.damaged": 1} and arrival.records == 1


def test_a_hostile_number_of_broken_lines_is_counted_and_its_list_is_bounded() -> None:
    tally = Tally(most=10)
    for n in range(1000):
        tally.set_aside("f", Broken(n, "json.syntax"))
    assert tally.quarantined == 1000 and tally.by_rule == {"json.syntax": 1000, "quarantine.unlisted": 990}
    assert len(list(tally.rows())) == 10


def test_progress_grows_to_the_end_and_counts_each_byte_three_times(shore: Shore) -> None:
    data = "\n".join(resource(key=f"p{n}", text="x" * 500) for n in range(9000))
    shore.land({"a.ndjson": data, "b.ndjson": data, "x.zip": b"PK\x03\x04"})
    done = [d for d, _ in shore.told]
    total = 3 * (2 * len(data) + 4)
    assert done == sorted(done) and done[-1] == total and len(done) > 10 and {t for _, t in shore.told} == {total}


def test_an_arrival_whose_counts_do_not_add_up_cannot_be() -> None:
    with pytest.raises(Malformed, match="arrival.counts"):
        Arrival(id="a-1", state="landed", source="s", zone="z", files=(), records=1)
    with pytest.raises(Malformed, match="arrival.state"):
        Arrival(id="a-1", state="lost", source="s", zone="z", files=())


LINE = st.sampled_from(["good", "{", "{}", "", "17", '{"resourceType":"Nonsense"}'])


@settings(max_examples=10)
@given(st.lists(LINE, max_size=30), st.booleans())
def test_any_delivery_gives_exactly_its_good_lines_and_a_row_of_quarantine_for_each_bad_one(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], zipped: bool
) -> None:
    shore = Shore(tmp_path_factory.mktemp("any"))
    text = "\n".join(resource(key=str(n)) if line == "good" else line for n, line in enumerate(lines))
    data = gzip.compress(text.encode()) if zipped else text
    arrival = shore.land({"a.ndjson": data, "other.ndjson": resource(key="other")})
    good = [("a.ndjson", n) for n, line in enumerate(lines, 1) if line == "good"]
    bad = [("a.ndjson", n) for n, line in enumerate(lines, 1) if line not in ("good", "")]
    assert shore.records(arrival, "file, line") == [*good, ("other.ndjson", 1)]
    assert shore.quarantine(arrival, "file, line") == bad
    assert (arrival.records, arrival.quarantined) == (len(good) + 1, len(bad))


@pytest.mark.slow
def test_a_line_of_200_mb_is_set_aside_and_the_rest_is_landed(shore: Shore) -> None:
    class Long:
        name = "a.ndjson"
        size = 200_000_000

        def open(self) -> Any:
            return _Stream()

    tracemalloc.start()
    arrival = shore.land([Long()])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (arrival.records, arrival.by_rule) == (2, {"line.too_long": 1})
    assert shore.quarantine(arrival, "file, line, rule") == [("a.ndjson", 2, "line.too_long")]
    assert peak < 100 << 20


class _Stream:
    def __init__(self) -> None:
        self.parts = iter([resource(key="a").encode() + b"\n", *[b"x" * 1_000_000] * 200, b"\n" + resource(key="b").encode()])

    def read(self, size: int) -> bytes:
        return next(self.parts, b"")

    def __enter__(self) -> "_Stream":
        return self

    def __exit__(self, *_: object) -> None: ...


def test_every_rule_has_a_sentence_in_both_languages() -> None:
    for rule, saying in RULES.items():
        assert saying.en.endswith(".") and saying.zh.endswith("。"), rule
        assert any("\u4e00" <= c <= "\u9fff" for c in saying.zh) and saying.en.isascii(), rule
    assert set(RULES) == set(QUARANTINE) | set(COUNTED) | set(REMARKS)
