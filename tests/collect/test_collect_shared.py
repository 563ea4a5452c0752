"""Real data: deliveries that nobody here wrote land whole, with nothing set aside and every count as an independent reading gives it."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from collect.collect_shore import Shore
from dujiang.collect.arrivals import Arrival
from dujiang.doors.delivery import folder_delivery
from shared_data import shared


def land(shore: Shore, place: str) -> tuple[Arrival, Path]:
    folder = shared(place)
    return shore.land(list(folder_delivery(folder))), folder


def ndjson(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for f in sorted(folder.glob("*.ndjson.gz")) for line in gzip.open(f, "rt", encoding="utf-8")]


@pytest.mark.parametrize(("place", "form"), [("fhir/r4_ndjson_110", "fhir-r4"), ("fhir/stu3_ndjson_150", "fhir-stu3")])
def test_a_real_ndjson_export_lands_whole_and_its_version_is_recognised(shore: Shore, place: str, form: str) -> None:
    arrival, folder = land(shore, place)
    resources = ndjson(folder)
    assert arrival.by_kind == dict(Counter(str(r["resourceType"]) for r in resources))
    assert (arrival.records, arrival.quarantined, arrival.by_rule, arrival.findings) == (len(resources), 0, {}, ())
    assert {f.form for f in arrival.files} == {form}
    bodies = {key: json.loads(body) for key, body in shore.records(arrival, "kind || '/' || key, body")}
    assert len(bodies) == len(resources)
    assert all(bodies[f"{r['resourceType']}/{r['id']}"] == r for r in resources if "id" in r)


def test_the_r4_export_has_its_24922_resources(shore: Shore) -> None:
    assert land(shore, "fhir/r4_ndjson_110")[0].records == 24_922


def test_a_real_bulk_export_lands_with_its_log_recognised(shore: Shore) -> None:
    arrival, folder = land(shore, "fhir/bulk_10")
    resources = [r for r in ndjson(folder) if "resourceType" in r]
    assert arrival.by_kind == dict(Counter(str(r["resourceType"]) for r in resources))
    assert arrival.quarantined == 0 and {f.rule for f in arrival.findings} == {"file.export_log"}


def test_real_bundles_land_whole_each_shared_resource_once(shore: Shore) -> None:
    arrival, folder = land(shore, "fhir/r4_bundles_10")
    resources = [e["resource"] for f in folder.glob("*.gz") for e in json.loads(gzip.decompress(f.read_bytes()))["entry"]]
    distinct = {(r["resourceType"], r["id"]) for r in resources}
    assert arrival.by_kind == dict(Counter(kind for kind, _ in distinct))
    assert arrival.quarantined == 0
    assert arrival.by_rule == {"record.duplicate": len(resources) - len(distinct)}


def test_real_tables_land_whole(shore: Shore) -> None:
    arrival, folder = land(shore, "omop/synthea_csv_27")
    expected = {f.stem: sum(1 for _ in f.open(encoding="utf-8")) - 1 for f in folder.glob("*.csv")}
    assert arrival.by_kind == expected
    assert (arrival.quarantined, arrival.by_rule, {f.form for f in arrival.files}) == (0, {}, {"synthea-csv", "table"})


@pytest.mark.parametrize("place", ["fhir/r4_spec_examples", "fhir/ips_examples"])
def test_published_example_resources_land_with_nothing_set_aside(shore: Shore, place: str) -> None:
    arrival, _ = land(shore, place)
    assert arrival.quarantined == 0 and arrival.records > 100


def test_data_of_another_kind_does_no_harm(shore: Shore) -> None:
    arrival, folder = land(shore, "messages/hl7v2") if shared("messages").joinpath("hl7v2").exists() else land(shore, "linkage/febrl")
    assert arrival.records + arrival.quarantined > 0 and len(arrival.files) > 0 and folder.exists()
