"""Images pushed by DICOM C-STORE: success is answered when the whole instance is sealed and durable; a full spool or disk is answered as out of resources."""

import io
import logging
from collections.abc import Callable
from typing import Any

from dujiang.collect.connections import Dicom
from dujiang.collect.spool import Message, Spool
from dujiang.doors.sources.ports import bound
from dujiang.errors import Unavailable

SUCCESS, OUT_OF_RESOURCES, CANNOT_UNDERSTAND = 0x0000, 0xA700, 0xC000  # PS3.4, B.2.3
TRANSFER_SYNTAXES = [
    "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203", "1.2.840.10008.1.2.5",
]
WAIT = 60.0  # seconds for a peer to go on with what it began
HELLO = 5.0  # seconds for one to say who it is: until then it holds a place, even after it has hung up
VERIFICATION = "1.2.840.10008.1.1"
PREAMBLE = b"\0" * 128 + b"DICM"


class DicomListener:
    """One source's application entity. Instances are kept as files (PS3.10), as they came: nothing is decoded."""

    def __init__(self, spool: Spool, setting: Dicom, tell: Callable[[str], None]) -> None:
        self.spool, self._tell = spool, tell
        from pynetdicom import AE, AllStoragePresentationContexts  # heavy, and few nodes take images
        from pynetdicom.presentation import build_context

        self._setting = setting
        logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # it would log elements, and with them names
        self._entity = AE(ae_title=setting.title)
        self._entity.supported_contexts = [
            build_context(one.abstract_syntax, TRANSFER_SYNTAXES) for one in AllStoragePresentationContexts if one.abstract_syntax
        ]
        self._entity.add_supported_context(VERIFICATION)
        self._entity.require_called_aet = True
        self._entity.require_calling_aet = list(setting.callers)
        self._entity.maximum_associations = setting.most_connections
        self._entity.network_timeout = self._entity.dimse_timeout = WAIT
        self._entity.acse_timeout = HELLO
        bound(setting.address, setting.port).close()  # says plainly when the port is taken
        self.port = setting.port

    def start(self) -> None:
        from pynetdicom import evt

        self._server = self._entity.start_server(
            (self._setting.address, self._setting.port), block=False, evt_handlers=[(evt.EVT_C_STORE, self._store)],
        )
        assert self._server is not None
        self.port = self._server.server_address[1]
        self._tell("listening")

    def stop(self) -> None:
        self._entity.shutdown()

    def _store(self, event: Any) -> int:
        try:
            self.spool.take([Message(as_file(event))])
        except Unavailable as full:
            self._tell(full.rule)
            return OUT_OF_RESOURCES
        except Exception as fault:  # of an instance whose head cannot be written; its text could hold a value
            self._tell(f"fault.{type(fault).__name__}")
            return CANNOT_UNDERSTAND
        self._tell("listening")
        return SUCCESS


def as_file(event: Any) -> bytes:
    """The instance as a file: head, then the bytes as they came over the wire."""
    from pydicom.filebase import DicomIO
    from pydicom.filewriter import write_file_meta_info

    head = io.BytesIO()
    write_file_meta_info(DicomIO(head), event.file_meta, enforce_standard=True)
    return PREAMBLE + head.getvalue() + bytes(event.request.DataSet.getvalue())
