"""Reads the header of a DICOM file: one study and modality is one record, however many images it has; nothing of the picture is decoded.

The patient is the number the file gives (PatientID with its issuer). A file without its preamble is read when its name ends in `.dcm`.
"""

import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pydicom
from pydicom.dataset import Dataset

from dujiang.collect.readers.inflate import Cut, inflated
from dujiang.collect.readers.items import Broken, Item, Readable
from dujiang.collect.readers.times import moment
from dujiang.collect.readers.writing import bounded, key_of, patient_key, record, reference

_MOST = 8 << 20  # bytes looked at: headers of thousands of frames are smaller
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_WANTED = [
    "SpecificCharacterSet", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "Modality", "StudyDate", "StudyTime", "SeriesDate",
    "TimezoneOffsetFromUTC", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyDescription", "BodyPartExamined",
]
_SEX = {"M": "male", "F": "female", "O": "other"}
# What it finds odd it tells to the log and as a warning, and quotes the value.
logging.getLogger("pydicom").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", module=r"pydicom\b")


def is_image(start: bytes) -> bool:
    """Whether a file begins with a DICOM preamble."""
    return start[128:132] == b"DICM"


def read_image(stream: Readable, name: str) -> Iterator[Item]:
    """The patient and the study of one file, or why there is none."""
    del name
    head = bytearray()
    try:
        for piece in inflated(stream):
            head += piece
            if len(head) >= _MOST:
                break
    except Cut as cut:
        yield Broken(1, cut.rule)
        return
    try:
        found = pydicom.dcmread(io.BytesIO(bytes(head)), force=True, stop_before_pixels=True, specific_tags=[*_WANTED])
        said = {one: _text(found, one) for one in _WANTED}
    except Exception:  # pydicom meets damage with errors of every kind
        yield Broken(1, "dicom.damaged")
        return
    yield from _study(said)


def _text(found: Dataset, name: str) -> str:
    value: Any = found.get(name)
    return "" if value is None else str(value).strip().strip("\0")


def _study(said: dict[str, str]) -> Iterator[Item]:
    study, modality = said["StudyInstanceUID"], said["Modality"]
    if not study or not said["SOPInstanceUID"]:
        yield Broken(1, "dicom.damaged")
        return
    if not said["PatientID"]:
        yield Broken(1, "dicom.no_patient")
        return
    patient = patient_key(said["IssuerOfPatientID"], said["PatientID"])
    if born := moment(said["PatientBirthDate"]):  # a mention without it would hide one that has it
        yield record("Patient", patient, 1, {
            "identifier": [{"value": said["PatientID"]}], "birthDate": born, "gender": _SEX.get(said["PatientSex"], ""),
        }, mention=True)
    started = moment(said["StudyDate"] + said["StudyTime"] + said["TimezoneOffsetFromUTC"]) or moment(said["StudyDate"])
    yield bounded(record("ImagingStudy", key_of("ImagingStudy", patient, study, modality), 1, {
        "status": "available", "subject": reference("Patient", patient), "started": started or moment(said["SeriesDate"]),
        "identifier": [{"system": "urn:dicom:uid", "value": f"urn:oid:{study}"}], "modality": [{"system": _DCM, "code": modality}],
        "description": said["StudyDescription"],
    }))
