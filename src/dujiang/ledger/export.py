"""A whole log as one text file, verified without any database: every entry, under every checkpoint that the log signed.

Line 1 is `{"checkpoints": [notes, oldest first], "format": "dujiang-log/1", "origin": name}`, each further line one
entry, all RFC 8785 JSON; memory stays of the order of the first line. Refuses an altered entry or checkpoint.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from dujiang.errors import Broken, DujiangError, Malformed
from dujiang.ledger import checkpoint
from dujiang.ledger.canonical import canonical, is_canonical_object, parse
from dujiang.ledger.checkpoint import Checkpoint
from dujiang.ledger.note import VerifyingKey
from dujiang.ledger.tree import Frontier, leaf_hash
from dujiang.words import Saying, Word

FORMAT = "dujiang-log/1"


class Header(Word, frozen=True):
    """The first line."""

    format: str
    origin: str
    checkpoints: tuple[str, ...]


class VerifiedLog(Word, frozen=True):
    """What a file proves: `covered` of its `entries` stand under the newest of its checkpoints, whose root is given."""

    origin: str
    entries: int
    covered: int
    root: bytes
    checkpoints: int

    @property
    def uncovered(self) -> int:
        """Entries after the newest checkpoint, which nothing vouches for yet."""
        return self.entries - self.covered

    @property
    def says(self) -> Saying:
        """The finding as a sentence in both languages."""
        facts = {**msgspec.structs.asdict(self), "uncovered": self.uncovered}
        return Saying(en=_FINDING.en.format_map(facts), zh=_FINDING.zh.format_map(facts))


_FINDING = Saying(
    en="The log {origin} is whole: {covered} entries under {checkpoints} signed checkpoints; {uncovered} further "
    "entries are not covered by a checkpoint yet.",
    zh="日志 {origin} 完整：{covered} 条已由 {checkpoints} 个签名检查点覆盖，另有 {uncovered} 条尚未被检查点覆盖。",
)


def write_log(origin: str, checkpoints: Sequence[str], bodies: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of the file, each with its newline, from signed notes (oldest first) and canonical bodies in order."""
    yield canonical({"format": FORMAT, "origin": origin, "checkpoints": list(checkpoints)}) + b"\n"
    for body in bodies:
        yield body + b"\n"


def verify_log(lines: Iterable[bytes], key: VerifyingKey) -> VerifiedLog:
    """What the lines prove under the log's key; Malformed or Broken, naming the line or checkpoint, otherwise.

    `lines` keep their newlines, as when a file opened in binary mode is iterated.
    """
    rest = iter(lines)
    signed = _signed(_header(next(rest, b"")), key)
    waiting = iter(signed)
    due: Checkpoint | None = next(waiting)
    frontier = Frontier()
    for line in _bodies(rest):
        due = _agree(due, frontier, waiting)
        frontier.add(leaf_hash(line))
    due = _agree(due, frontier, waiting)
    if due is not None:
        raise Broken(
            "log.shorter",
            "A checkpoint covers {size} entries but the file has only {entries}: the end is missing. Export it again.",
            "检查点覆盖 {size} 条，而文件只有 {entries} 条：末尾缺失。请重新导出。",
            size=due.size, entries=frontier.size,
        )
    newest = signed[-1]
    return VerifiedLog(
        origin=newest.origin, entries=frontier.size, covered=newest.size, root=newest.root, checkpoints=len(signed)
    )


def _header(line: bytes) -> Header:
    try:
        header = msgspec.convert(parse(line.removesuffix(b"\n")), Header)
        if line.endswith(b"\n") and header.format == FORMAT and header.checkpoints:
            return header
    except (Malformed, msgspec.ValidationError):
        pass
    raise Malformed(
        "log.header", "The first line is not that of an exported log with at least one checkpoint.",
        "首行不是含有至少一个检查点的日志导出文件头。",
    )


def _signed(header: Header, key: VerifyingKey) -> list[Checkpoint]:
    """The checkpoints of the header, each signed by the key alone, in strictly growing order."""
    found: list[Checkpoint] = []
    for at, note in enumerate(header.checkpoints):
        try:
            one = checkpoint.parse_signed(note, key, strict=True)
        except DujiangError:
            raise _bad_checkpoint(at) from None
        if one.origin != header.origin or (found and one.size <= found[-1].size):
            raise _bad_checkpoint(at)
        found.append(one)
    return found


def _bodies(lines: Iterator[bytes]) -> Iterator[bytes]:
    for at, line in enumerate(lines, start=2):
        body = line.removesuffix(b"\n")
        if body == line or not is_canonical_object(body):
            raise Malformed(
                "log.line", "Line {at} is not an entry in canonical JSON followed by a newline.",
                "第 {at} 行不是以换行结尾的规范 JSON 条目。", at=at,
            )
        yield body


def _agree(due: Checkpoint | None, frontier: Frontier, waiting: Iterator[Checkpoint]) -> Checkpoint | None:
    """The next checkpoint due, after the one due at this size, if any, was found to have this root."""
    if due is None or due.size != frontier.size:
        return due
    if due.root != frontier.root():
        raise Broken(
            "log.root",
            "The entries under the checkpoint of {size} entries are not those that were signed: some were altered.",
            "{size} 条时的检查点所覆盖的条目与签署内容不符：至少一条被篡改。",
            size=due.size,
        )
    return next(waiting, None)


def _bad_checkpoint(at: int) -> Broken:
    return Broken(
        "log.checkpoint",
        "Checkpoint {at} of the first line was not signed by this log, is another log's, or is out of order.",
        "首行中的第 {at} 个检查点并非该日志签署、属于其他日志或次序有误。",
        at=at + 1,
    )
