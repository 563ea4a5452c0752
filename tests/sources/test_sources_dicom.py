"""Images pushed by C-STORE: kept as they came before success is answered; a full spool is answered as out of resources."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dujiang.collect.connections import Dicom
from dujiang.collect.sources import Source
from dujiang.collect.spool import Bounds
from sources.sources_node import Node, free_port

pydicom = pytest.importorskip("pydicom", reason="pydicom is not installed")
pynetdicom = pytest.importorskip("pynetdicom", reason="pynetdicom is not installed")
CT, EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"


def image(number: int) -> Any:
    found = pydicom.Dataset()
    found.SOPClassUID, found.SOPInstanceUID = CT, f"1.2.3.{number}"
    found.PatientID, found.Modality, found.StudyInstanceUID = "P1", "CT", "1.2.4"
    found.file_meta = pydicom.dataset.FileMetaDataset()
    found.file_meta.TransferSyntaxUID = EXPLICIT
    found.file_meta.MediaStorageSOPClassUID, found.file_meta.MediaStorageSOPInstanceUID = CT, found.SOPInstanceUID
    return found


@contextmanager
def associated(port: int, *, called: str = "DUJIANG", calling: str = "MODALITY") -> Iterator[Any]:
    entity = pynetdicom.AE(ae_title=calling)
    entity.add_requested_context(CT, EXPLICIT)
    association = entity.associate("127.0.0.1", port, ae_title=called)
    yield association
    if association.is_established:
        association.release()


def listening(node: Node, **options: Any) -> tuple[Source, int]:
    port = free_port()
    source = node.source("PACS", setting=Dicom(port=port, **{"cut": Bounds(messages=1), **options}))
    node.keeper.round()
    assert node.status(source)["doing"] == "listening"
    return source, port


def test_an_instance_is_kept_as_a_file_that_reads_back_the_same_and_once(node: Node) -> None:
    source, port = listening(node)
    with associated(port) as association:
        assert [association.send_c_store(image(n)).Status for n in (1, 2, 1)] == [0, 0, 0]
    node.step()
    (arrival,) = node.arrivals(source)
    assert len(arrival.files) == 2
    with node.world.blobs.read(source.zone, f"raw/{arrival.id}/{arrival.files[0].sha256}") as raw:
        found = pydicom.dcmread(raw)
    assert (found.SOPInstanceUID, found.PatientID, found.file_meta.TransferSyntaxUID) == ("1.2.3.1", "P1", EXPLICIT)


def test_a_full_spool_is_answered_as_out_of_resources_and_the_image_is_taken_later(node: Node) -> None:
    source, port = listening(node, cut=Bounds(messages=1, most_messages=1))
    with associated(port) as association:
        assert [association.send_c_store(image(n)).Status for n in (1, 2)] == [0x0000, 0xA700]
        node.step()
        assert association.send_c_store(image(2)).Status == 0
    node.step()
    assert sum(len(a.files) for a in node.arrivals(source)) == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the peer's library, when it is turned away
def test_only_callers_of_the_list_who_know_our_title_are_let_in(node: Node) -> None:
    _, port = listening(node, callers=("CT01",))
    for called, calling, welcome in (("DUJIANG", "CT01", True), ("DUJIANG", "OTHER", False), ("ELSE", "CT01", False)):
        with associated(port, called=called, calling=calling) as association:
            assert association.is_established == welcome
