"""A resource that its server deleted becomes a record under the same id that says so, in the words FHIR has for it: entered in error, or inactive."""

import io
from collections.abc import Iterator

import orjson

from dujiang.collect.readers.items import is_key
from dujiang.collect.readers.lines import lines
from dujiang.collect.readers.resources import RESOURCES

_VERIFIED = {  # these say it by their verification status
    "Condition": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
    "AllergyIntolerance": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
}
_ACTIVE = frozenset({"Patient", "Practitioner", "PractitionerRole", "Organization", "Group", "RelatedPerson", "HealthcareService", "Linkage"})


def tombstones(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """A line for each deletion in Bundles of type transaction, one a line; what is no deletion is passed over."""
    for _, raw, rule in lines(_Pieces(pieces)):
        if rule or not raw.strip():
            continue
        try:
            bundle = orjson.loads(raw)
        except orjson.JSONDecodeError:
            yield raw + b"\n"  # for quarantine
            continue
        entries = bundle.get("entry") if isinstance(bundle, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            request = entry.get("request") if isinstance(entry, dict) else None
            if isinstance(request, dict) and request.get("method") == "DELETE" and isinstance(request.get("url"), str):
                yield from _tombstone(request["url"])


def _tombstone(url: str) -> Iterator[bytes]:
    kind, _, id = url.partition("?")[0].strip("/").rpartition("/")
    kind = kind.rpartition("/")[2]
    if kind not in RESOURCES or not is_key(id):
        return
    said: dict[str, object] = {"resourceType": kind, "id": id}
    if kind in _VERIFIED:
        said["verificationStatus"] = {"coding": [{"system": _VERIFIED[kind], "code": "entered-in-error"}]}
    elif kind in _ACTIVE:
        said["active"] = False
    else:
        said["status"] = "entered-in-error"
    yield orjson.dumps(said) + b"\n"


class _Pieces(io.RawIOBase):
    """Pieces as a stream that is read in order."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._source, self._left = pieces, b""

    def read(self, size: int = -1, /) -> bytes:
        while not self._left:
            piece = next(self._source, None)
            if piece is None:
                return b""
            self._left = piece
        given, self._left = self._left[:size], self._left[size:]
        return given
