"""The manifest of a delivery: hash every file, name the arrival by what was hashed, seal exactly those bytes."""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from dujiang.collect.arrivals import arrival_id, raw_name
from dujiang.collect.delivery import Delivery, Meter, Metered
from dujiang.errors import Conflict, Malformed
from dujiang.world import Blobs, Delivered

PIECE = 1 << 20


class Listed(NamedTuple):
    """A file of the delivery and the hash of its bytes."""

    file: Delivered
    size: int
    sha256: str


class Manifest(NamedTuple):
    """What was delivered, in order of name, and the arrival's id that follows from it."""

    id: str
    files: tuple[Listed, ...]


def list_delivery(source: str, delivery: Delivery, meter: Meter) -> Manifest:
    """Malformed for an empty delivery or one that names two files alike."""
    if len(delivery) == 0:
        raise Malformed(
            "arrival.empty", "The delivery holds no file that can be read. Check the folder.", "交付中没有可读取的文件，请检查文件夹。"
        )
    files = sorted((delivery[n] for n in range(len(delivery))), key=lambda f: f.name)
    if len({f.name for f in files}) < len(files):
        raise Malformed("arrival.same_name", "The delivery names two files alike.", "交付中有两个文件同名。")
    listed = tuple(_listed(f, meter) for f in files)
    return Manifest(arrival_id(source, ((one.file.name, one.sha256) for one in listed)), listed)


def _listed(file: Delivered, meter: Meter) -> Listed:
    hashed, size = hashlib.sha256(), 0
    for piece in _pieces(file, meter):
        hashed.update(piece)
        size += len(piece)
    return Listed(file, size, hashed.hexdigest())


def _pieces(file: Delivered, meter: Meter) -> Iterator[bytes]:
    with file.open() as stream:
        metered = Metered(stream, meter)
        while piece := metered.read(PIECE):
            yield piece


def seal(blobs: Blobs, zone: str, manifest: Manifest, meter: Meter) -> None:
    """Every file sealed once, whole or not at all; Conflict when a file is no longer what was hashed."""
    for listed in manifest.files:
        name = raw_name(manifest.id, listed.sha256)
        if blobs.has(zone, name):
            meter.add(listed.size)
        else:
            _seal(blobs, zone, name, listed, meter=meter)


def _seal(blobs: Blobs, zone: str, name: str, listed: Listed, *, meter: Meter) -> None:
    hashed = hashlib.sha256()
    with blobs.write(zone, name) as sealed:
        for piece in _pieces(listed.file, meter):
            hashed.update(piece)
            sealed.write(piece)
        if hashed.hexdigest() != listed.sha256:
            raise Conflict(
                "arrival.changed", "A file changed while it was being landed. Land the delivery again when it is complete.",
                "接收过程中文件发生变化，请在交付完成后重新接收。",
            )
