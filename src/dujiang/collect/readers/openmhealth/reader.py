"""Reads Open mHealth data points: one a line, as a broker's messages come, or one JSON document of one or many."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

from dujiang.collect.readers.entries import entries
from dujiang.collect.readers.inflate import Cut, Pieces, inflated
from dujiang.collect.readers.items import LIMIT, Broken, Item, Readable
from dujiang.collect.readers.lines import lines
from dujiang.collect.readers.openmhealth.points import Wrong, readings
from dujiang.collect.readers.personal import observed, person_in
from dujiang.collect.readers.writing import bounded

_HEADER = re.compile(rb'"schema_id"\s*:\s*\{')
_FHIR = re.compile(rb'"resourceType"\s*:')
_LOOKED_AT = 1 << 16


def is_points(start: bytes) -> bool:
    """Whether a file that begins so holds data points."""
    head = start[:_LOOKED_AT]
    return head[:1] in (b"{", b"[") and _HEADER.search(head) is not None and _FHIR.search(head) is None


def read_points(stream: Readable, name: str) -> Iterator[Item]:
    """Every reading; a point that is none is set aside, those beside it are not."""
    coming = inflated(stream)
    try:
        first = next(coming, b"")
    except Cut as cut:
        yield Broken(1, cut.rule)
        return
    folder = person_in(name)
    whole = Pieces(chain((first,), coming))
    each = _lines(whole) if _is_lined(first) else _entries(whole)
    try:
        for number, raw, rule in each:
            yield from [Broken(number, rule)] if rule else _taken(number, raw, folder)
    except Cut as cut:
        yield Broken(0, cut.rule)


def _is_lined(first: bytes) -> bool:
    """Whether the first line is a point by itself, or the second is one: one broken line does not make a document."""
    return any(isinstance(_parsed(line), dict) for line in first.lstrip().split(b"\n", 2)[:2])


def _lines(stream: Readable) -> Iterator[tuple[int, bytes, str]]:
    return (line for line in lines(stream) if line[2] or line[1].strip())


def _entries(stream: Readable) -> Iterator[tuple[int, bytes, str]]:
    return ((one.number, one.raw, one.rule) for one in entries(stream, LIMIT))


def _parsed(raw: bytes) -> Any:
    """The JSON with its numbers' digits; None for none."""
    try:
        return json.loads(raw, parse_float=Decimal, parse_int=Decimal, parse_constant=_refused)
    except (ValueError, RecursionError, ArithmeticError):
        return None


def _refused(_: str) -> Any:
    raise ValueError


def _taken(number: int, raw: bytes, folder: str) -> Iterator[Item]:
    point = _parsed(raw)
    if point is None:
        yield Broken(number, "json.syntax")
    elif not isinstance(point, dict):
        yield Broken(number, "json.not_object")
    else:
        try:
            found = readings(point, folder)
        except Wrong as wrong:
            yield Broken(number, wrong.rule)
            return
        yield from (bounded(observed(one, number)) for one in found)
