"""Real messages and documents: every one is accepted or set aside for the right reason, and docs/sources.md says how many."""

import gzip
import io
from collections import Counter
from pathlib import Path

import pytest

from collect.collect_landed import standard_rows
from collect.collect_seen import bundles_seen, documents_seen, messages_seen, table
from collect.collect_shore import Shore
from dujiang.collect.readers.hl7v2.reader import read_messages
from dujiang.collect.readers.items import MENTIONED, Broken, Record
from dujiang.collect.readers.reading import look
from dujiang.collect.rules import QUARANTINE
from shared_data import ROOT, shared

# Files of which something is set aside, and why: the header alone, OBX segments without OBX-3.
BROKEN = {
    "msh_present_but_missing_all_fields.hl7": {"hl7v2.no_header": 1}, "msh_present_but_missing_msh-10.hl7": {"hl7v2.no_content": 1},
    "msh_present_but_missing_msh-6.hl7": {"hl7v2.no_content": 1},
    "004_AL_OML_O21_NBS_Multiple_Races_Multiple_Births_3_hl7_translation_final.hl7": {"hl7v2.no_code": 8},
    "005_AL_ORM_O01_NBS_Incorrect_Units_3_hl7_translation_final.hl7": {"hl7v2.no_code": 9},
    "008_AL_ORM_O01_NBS_Incorrect_Code_System_3_hl7_translation_final.hl7": {"hl7v2.no_code": 9},
    "010_AL_OML_O21_NBS_Multiple_Parent_Contant_Phone_Numbers_3_hl7_translation_final.hl7": {"hl7v2.no_code": 8},
    "010_AL_ORM_O01_NBS_Multiple_Parent_Contant_Phone_Numbers_3_hl7_translation_final.hl7": {"hl7v2.no_code": 9},
    "012_AL_ORM_O01_malformed_XAD_datatype_3_hl7_translation_final.hl7": {"hl7v2.no_code": 1},
    "013_AL_OML_O21_invalid_text_as_txt_datatype_3_hl7_translation_final.hl7": {"hl7v2.no_code": 1},
    "OUL-R22-02.hl7": {"hl7v2.no_code": 2}, "OUL-R23-01.hl7": {"hl7v2.no_code": 1}, "OUL-R24-01.hl7": {"hl7v2.no_code": 1}, "OUL-R24-02.hl7": {"hl7v2.no_code": 1},
}


def texts(*endings: str) -> dict[str, bytes]:
    place = shared("messages")
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*")) if path.suffix in endings}


def test_every_real_message_file_is_read_as_messages_and_what_is_broken_in_it_is_named() -> None:
    for name, data in texts(".hl7").items():
        assert look(name, data).reader == ("hl7v2" if data.strip() else "empty")
        found = Counter(item.rule for item in read_messages(io.BytesIO(data)) if isinstance(item, Broken))
        assert dict(found) == BROKEN.get(Path(name).name, {}), name
        assert set(found) <= set(QUARANTINE)


def test_a_code_that_is_not_there_is_what_those_segments_lack() -> None:
    for name, data in texts(".hl7").items():
        without = [line for line in data.replace(b"\n", b"\r").split(b"\r") if line.startswith(b"OBX|") and not (line.split(b"|") + [b""] * 3)[3]]
        assert len(without) == BROKEN.get(Path(name).name, {}).get("hl7v2.no_code", 0), name


def test_the_tables_of_the_manual_are_what_reading_gives() -> None:
    manual = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8").splitlines()
    place = shared("messages")
    for found in (messages_seen(place), documents_seen(place), bundles_seen(place)):
        assert found
        for line in table(found):
            assert line in manual


def test_a_thousand_messages_of_one_hospital_land_and_become_its_patients_and_results(shore: Shore) -> None:
    data = (shared("messages") / "simhospital/docs/artifacts/messages.out.gz").read_bytes()
    plain = [message.split("\r") for message in gzip.decompress(data).decode().replace("\n", "\r").split("MSH|")[1:]]
    segments = Counter(line[:3] for message in plain for line in message)
    lines_of_documents = sum(line.startswith("OBX") for message in plain if "|MDM^" in message[0] for line in message)
    numbers = {line.split("|")[3 if line.startswith("PID") else 1].split("^")[0] for message in plain for line in message if line[:4] in ("PID|", "MRG|")}
    arrival = shore.land({"messages.out.gz": data})
    assert (len(plain), arrival.quarantined, {one.form for one in arrival.files}) == (1013, 0, {"hl7v2"})
    assert arrival.by_kind["Observation"] == segments["OBX"] - lines_of_documents and arrival.by_kind["DocumentReference"] == segments["TXA"]
    assert arrival.by_kind["DiagnosticReport"] == segments["OBR"] and arrival.by_kind["AllergyIntolerance"] == segments["AL1"]
    rows = standard_rows(shore, arrival)
    assert rows["x_dangling"] == [] and len(rows["measurement"]) + len(rows["observation"]) == arrival.by_kind["Observation"] + segments["AL1"]
    assert len(rows["person"]) == len(numbers)


@pytest.mark.parametrize("ending", [".ccda", ".xml"])
def test_every_real_document_is_read_whole_with_nothing_set_aside(shore: Shore, ending: str) -> None:
    files = texts(ending)
    arrival = shore.land(dict(files))
    assert len(files) >= 10 and arrival.quarantined == 0 and {one.form for one in arrival.files} == {"ccda"}
    kinds = {kind.removesuffix(MENTIONED) for kind in arrival.by_kind}
    assert {"Patient", "Condition", "Observation", "AllergyIntolerance", "Procedure", "Immunization", "MedicationStatement"} <= kinds


def test_the_same_real_messages_again_change_nothing(shore: Shore) -> None:
    files = texts(".hl7")
    first = [item for data in files.values() for item in read_messages(io.BytesIO(data)) if isinstance(item, Record)]
    again = [item for data in files.values() for item in read_messages(io.BytesIO(data)) if isinstance(item, Record)]
    assert first == again and len(first) > 2000
