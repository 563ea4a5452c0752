"""Loading a vocabulary: the files are hashed, read in slices that fit in memory, and sealed; the same content again changes nothing."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from dujiang.errors import Malformed
from dujiang.standardise import vocabulary as short_names
from dujiang.standardise.vocabularies import athena, namelist
from dujiang.standardise.vocabularies.athena import Kept
from dujiang.standardise.vocabularies.shelf import TABLES, ZONE, Aside, Vocabulary, check_name, check_rights, part_name
from dujiang.words import one_of
from dujiang.world import Delivered, Frames, World

SLICE = 500_000  # rows in memory at once
_PIECE = 1 << 20
DOMAINS = ("Condition", "Drug", "Procedure", "Measurement", "Observation")
Progress = Callable[[int, int], None]


class Asked(NamedTuple):
    """How a vocabulary is to be called, by what right it is here; of a list, the system of its codes and what they are about."""

    name: str
    rights: str
    system: str = ""
    domain: str = "Condition"


def check(asked: Asked, *, listed: bool) -> None:
    """Malformed when something that only the steward can say is missing or not known."""
    check_name(asked.name)
    check_rights(asked.rights)
    if listed and short_names.short_name(asked.system) is None and asked.system != short_names.LOCAL:
        raise Malformed(
            "vocabulary.system", "Name the code system of the list: {systems}.", "请注明清单的编码体系：{systems}。",
            systems=one_of({*short_names.systems().values(), short_names.LOCAL}),
        )
    if listed and asked.domain not in DOMAINS:
        raise Malformed("vocabulary.domain", "Say what the list is about: {domains}.", "请注明清单的领域：{domains}。", domains=one_of(DOMAINS))


def load(world: World, files: Sequence[Delivered], asked: Asked, progress: Progress, *, slice_size: int = SLICE) -> Vocabulary:
    """The vocabulary in `files`, sealed in its zone; `progress(done, total)` counts bytes, each twice.

    Malformed for files that are no vocabulary. What is already there under the same content is not read again.
    """
    listed = not athena.is_athena(files)
    check(asked, listed=listed)
    used = sorted((f for f in files if listed or athena.role(f.name) in athena.READ), key=lambda f: f.name)
    reading = _Reading(used, progress)
    id = reading.content_id(asked if listed else asked._replace(system="", domain=""))
    known = world.tables.find(Vocabulary, id)
    if known is not None and all(world.blobs.has(ZONE, name) for table in TABLES for name in known.files(table)):
        return known.with_(state="loaded", name=asked.name, rights=asked.rights)
    with world.frames() as frames:
        hold = _Hold(frames, id, slice_size)
        for table, rows in reading.tables(asked, listed=listed):
            hold.stow(table, rows)
        if not hold.rows.get("concept"):
            raise Malformed("vocabulary.empty", "The files hold no codes.", "文件中没有任何编码。")
        systems = hold.systems()
    reading.finish()
    return Vocabulary(
        id=id, state="loaded", name=asked.name, rights=asked.rights, domain=asked.domain if listed else "", systems=systems,
        release="" if listed else athena.release(used), parts=hold.parts, rows=hold.rows, aside=reading.aside(), loaded=world.clock.now().isoformat(),
    )


class _Reading:
    """The files of a vocabulary, with what could not be read of them."""

    def __init__(self, files: Sequence[Delivered], progress: Progress) -> None:
        self._files, self._progress = files, progress
        self._aside: dict[tuple[str, str], tuple[int, int]] = {}
        self._total, self._done = 2 * sum(f.size for f in files), 0

    def content_id(self, asked: Asked) -> str:
        """`v-` and 24 hex: SHA-256 over the system and domain asked for and, in order of name, what each file is and its bytes."""
        digest = hashlib.sha256(f"{asked.system}\0{asked.domain}".encode())
        for file in self._files:
            one = hashlib.sha256()
            with file.open() as stream:
                while piece := stream.read(_PIECE):
                    one.update(piece)
            digest.update(athena.role(file.name).encode() + b"\0" + one.digest())
            self._tell(file)
        return "v-" + digest.hexdigest()[:24]

    def tables(self, asked: Asked, *, listed: bool) -> Iterator[tuple[str, Iterator[Kept]]]:
        if listed:
            names = [*self._each(self._files, lambda file, refuse: namelist.entries([file], asked.system, refuse))]
            yield "names", iter(names)
            yield "concept", _codes(names, asked.domain)
            return
        for table, (role, read) in athena.READS.items():
            yield table, self._each([f for f in self._files if athena.role(f.name) == role], read)

    def _each(self, files: Sequence[Delivered], read: Callable[[Delivered, athena.Refuse], Iterator[Kept]]) -> Iterator[Kept]:
        for file in files:
            yield from read(file, self._refuser(file.name))
            self._tell(file)

    def _refuser(self, file: str) -> athena.Refuse:
        def refuse(line: int, rule: str) -> None:
            count, first = self._aside.get((file, rule), (0, line))
            self._aside[file, rule] = (count + 1, first)

        return refuse

    def _tell(self, file: Delivered) -> None:
        self._done += file.size
        self._progress(self._done, max(self._total, self._done))

    def finish(self) -> None:
        """A file that is only looked into for its release counts as read."""
        self._progress(self._total, self._total)

    def aside(self) -> tuple[Aside, ...]:
        return tuple(Aside(file, rule, count, line) for (file, rule), (count, line) in sorted(self._aside.items()))


class _Hold:
    """Rows on their way into sealed parts."""

    def __init__(self, frames: Frames, vocabulary: str, slice_size: int) -> None:
        self._frames, self._vocabulary, self._size = frames, vocabulary, slice_size
        self.parts: dict[str, int] = {}
        self.rows: dict[str, int] = {}

    def stow(self, table: str, rows: Iterator[Kept]) -> None:
        for first in rows:
            number = self.parts.get(table, 0)
            self._frames.run("DROP TABLE IF EXISTS slice")
            held = self._frames.load("slice", TABLES[table], chain((first,), islice(rows, self._size - 1)))
            self._frames.save("SELECT * FROM slice ORDER BY ALL", ZONE, part_name(self._vocabulary, table, number))
            self.parts[table] = number + 1
            self.rows[table] = self.rows.get(table, 0) + held

    def systems(self) -> dict[str, int]:
        urls = [self._frames.url(ZONE, part_name(self._vocabulary, "concept", n)) for n in range(self.parts["concept"])]
        each = ", ".join(f"'{url}'" for url in urls)
        found = self._frames.rows(f"SELECT system, count(*) FROM read_parquet([{each}]) GROUP BY system ORDER BY system")
        return {str(system): int(str(count)) for system, count in found}


def _codes(names: Sequence[Kept], domain: str) -> Iterator[Kept]:
    """A list's codes, each once, under its first name."""
    seen: set[object] = set()
    for row in names:
        if row["code"] not in seen:
            seen.add(row["code"])
            yield {"system": row["system"], "code": row["code"], "concept": None, "domain": domain, "name": row["name"], "standard": False, "valid": True}
