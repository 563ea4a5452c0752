"""DICOM headers and variant files: a study once, a variant once for each who carries it, and damage told."""

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from collect.collect_device_given import broken, keys, observations, remarks, seen
from collect.collect_landed import standard_rows
from collect.collect_shore import Shore
from dujiang.collect.readers.items import Record
from dujiang.collect.readers.vcf.reader import hgvs
from shared_data import shared

HEAD = "##fileformat=VCFv4.3\n##fileDate=20200102\n##reference=file:///GRCh38.fa\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{}\n"


def image(**fields: Any) -> bytes:
    """A file of one CT image with a few pixels."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ExplicitVRLittleEndian, "1.2.840.10008.5.1.4.1.1.2", "1.2.3"
    found = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    said = {
        "PatientID": "P1", "PatientName": "Zhang^San", "PatientBirthDate": "19800615", "PatientSex": "M", "StudyInstanceUID": "1.2.9", "SOPInstanceUID": "1.2.3",
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "Modality": "CT", "StudyDate": "20200301", "StudyTime": "091500", "StudyDescription": "Chest",
    } | fields
    for name, value in said.items():
        setattr(found, name, value)
    found.PixelData = b"\0" * 64
    out = io.BytesIO()
    pydicom.dcmwrite(out, found, enforce_file_format=True)
    return out.getvalue()


def variants(*lines: str, samples: str = "p1") -> str:
    return HEAD.format(samples) + "".join(line.replace(" ", "\t") + "\n" for line in lines)


SNV = "chr7 140753336 . A T . PASS . GT 0/1"


def test_a_study_of_many_images_is_one_procedure_of_its_patient(shore: Shore) -> None:
    rows = standard_rows(shore, shore.land({f"{n}.dcm": image(SOPInstanceUID=f"1.2.3.{n}") for n in range(3)}))
    (done,) = rows["procedure_occurrence"]
    assert (done["procedure_source_value"], done["x_codes"], str(done["procedure_datetime"])) == ("CT", "DCM|CT", "2020-03-01 09:15:00")
    assert [str(one["birth_datetime"])[:10] for one in rows["person"]] == ["1980-06-15"]


def test_nothing_of_an_odd_header_is_said_to_the_process_log(tmp_path: Path) -> None:
    odd = image().replace(b"1.2.840.10008.1.2.1", b"1.2.SECRET.8.1.2.1 ").replace(b"19800615", b"SECRET99").replace(b"20200301", b"SECRET88")
    (tmp_path / "odd.dcm").write_bytes(odd)
    program = "import io,sys; from dujiang.collect.readers.dicom.reader import read_image; print(list(read_image(open(sys.argv[1],'rb'),'odd.dcm')))"
    told = subprocess.run([sys.executable, "-c", program, str(tmp_path / "odd.dcm")], capture_output=True, text=True, check=True)
    assert told.stderr == "" and told.stdout.startswith("[")


def test_no_name_of_the_patient_is_taken_out_of_a_header() -> None:
    assert all("Zhang" not in one.body for one in seen(image(), "a")[1] if isinstance(one, Record))


@pytest.mark.parametrize(
    ("data", "rule"),
    [(image(PatientID=""), "dicom.no_patient"), (image(StudyInstanceUID=""), "dicom.damaged"), (b"words", "dicom.damaged"), (image()[:140], "dicom.damaged")],
)
def test_an_image_that_says_too_little_is_set_aside(data: bytes, rule: str) -> None:
    assert broken(seen(data, "a.dcm")[1]) == [rule]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 700), st.binary(min_size=1, max_size=8))
def test_a_damaged_header_is_never_a_crash(place: int, noise: bytes) -> None:
    whole = image()
    _, items = seen(whole[:place] + noise + whole[place + len(noise) :], "a.dcm")
    assert items


def test_every_shared_image_lands() -> None:
    studies = set()
    for path in sorted(shared("dicom").rglob("*.dcm")):
        reader, items = seen(path.read_bytes(), path.name)
        assert reader == "dicom" and not broken(items), path.name
        studies |= set(keys(items, "ImagingStudy"))
    assert len(studies) == 10


def test_a_variant_is_a_genetic_assessment_of_each_who_carries_it(shore: Shore) -> None:
    people = "\n".join(json.dumps({"resourceType": "Patient", "id": one, "birthDate": "1980"}) for one in ("p1", "p2", "p3"))
    text = variants("chr7 140753336 . A T,C . PASS . GT 0/1 1|2 0/0", samples="p1\tp2\tp3")
    rows = standard_rows(shore, shore.land({"p.ndjson": people, "a.vcf": text}))["observation"]
    assert sorted(row["value_source_value"] for row in rows) == [
        "GRCh38:chr7:g.140753336A>C", "GRCh38:chr7:g.140753336A>T", "GRCh38:chr7:g.140753336A>T",
    ]
    assert all("LOINC|69548-6" in row["x_codes"] and str(row["observation_date"]) == "2020-01-02" for row in rows)


@pytest.mark.parametrize(
    ("ref", "alt", "said"),
    [
        ("A", "T", "c:g.10A>T"), ("AT", "A", "c:g.11del"), ("ATG", "A", "c:g.11_12del"), ("A", "ATT", "c:g.10_11insTT"), ("AT", "GC", "c:g.10_11delinsGC"),
        ("A", "<DEL>", ""), ("A", "*", ""), ("A", "A", ""), ("CAT", "CGT", "c:g.11A>G"),
    ],
)
def test_changes_are_written_as_hgvs_writes_them(ref: str, alt: str, said: str) -> None:
    assert hgvs("c", 10, ref, alt) == said


@pytest.mark.parametrize("packed", [False, True])
def test_variants_are_read_plain_and_in_gzip_members(packed: bool) -> None:
    text = variants(SNV, "chr1 5 . G C . . . GT 1/1").encode()
    data = gzip.compress(text[:150]) + gzip.compress(text[150:]) if packed else text
    reader, items = seen(data, "folder/a.vcf.gz" if packed else "folder/a.vcf")
    assert reader == "vcf" and [one["interpretation"][0]["text"] for one in observations(items)] == ["heterozygous", "homozygous"]
    assert {one["subject"]["reference"] for one in observations(items)} == {"Patient/folder"}


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("chr7 x . A T . . . GT 0/1", "vcf.bad_variant"), ("chr7 1 . A T . . . GT 0/2", "vcf.bad_variant"), ("chr7 1 . A T . . . GT", "csv.columns"),
        ("chr7 1 . A <DEL> . . . GT 0/1", "vcf.symbolic"), ("chr7 1 . Q T . . . GT 0/1", "vcf.bad_variant"), ("chr7 1 . A T . . . GT 0/1/../1", "vcf.bad_variant"),
    ],
)
def test_a_broken_line_is_set_aside_and_its_neighbours_are_not(line: str, rule: str) -> None:
    _, items = seen(variants(SNV, line, "chr8 9 . A G . . . GT 1/1"), "a.vcf")
    assert broken(items) == [rule] and len(keys(items)) == 2


def test_variants_of_nobody_are_told_and_make_no_record() -> None:
    text = HEAD.replace("\tFORMAT\t{}", "") + "chr7\t1\t.\tA\tT\t.\t.\t.\n"
    assert remarks(seen(text, "a.vcf")[1]) == [("vcf.no_samples", "", 0)] and not keys(seen(text, "a.vcf")[1])


@pytest.mark.parametrize("text", ["##fileformat=VCFv4.3\n", "##fileformat=VCFv4.3\n#CHROM\tPOS\n", HEAD.format("a\ta")])
def test_a_file_without_a_usable_header_is_refused(text: str) -> None:
    assert broken(seen(text, "a.vcf")[1]) == ["vcf.no_header"]


@given(st.text(max_size=200))
def test_noise_among_variants_is_never_a_crash(noise: str) -> None:
    line = noise.replace("\n", " ").replace("\r", " ")
    assert len(keys(seen(variants(SNV) + line + "\n" + variants(SNV).splitlines()[-1].replace("chr7", "chr9") + "\n", "a.vcf")[1])) >= 2
