"""A source is one system of one region with a zone of its own; two names never share a zone, and one name never gets two."""

import hashlib
import re
from typing import ClassVar

from dujiang.collect.readers.reading import FORMATS, TABLE
from dujiang.errors import Malformed, Refused
from dujiang.words import Life, Move, Thing

FORMS = ("auto", "fhir-r4", "fhir-stu3", "synthea-csv", TABLE, *(one.name for one in FORMATS))
LONGEST_NAME = 80

SOURCE_LIFE = Life(
    kind="source",
    start="open",
    moves=(Move(verb="close", frm=("open",), to=("closed",)), Move(verb="reopen", frm=("closed",), to=("open",))),
)


class Source(Thing, frozen=True, kw_only=True):
    """Where data comes from. `form` is a hint for its readers; `auto` lets them look."""

    KIND: ClassVar[str] = "source"
    name: str
    region: str
    zone: str
    form: str = "auto"

    def __post_init__(self) -> None:
        if self.state not in SOURCE_LIFE.states():
            raise Malformed("source.state", "A source cannot be in that state.", "数据来源状态无效。")
        if self.form not in FORMS:
            raise Malformed("source.form", "Choose one of these forms: {forms}.", "数据形式须为以下之一：{forms}。", forms=", ".join(FORMS))


def part(name: str) -> str:
    """A name as a part of an id: lower case, `_` for the rest, and a mark of the whole when that would lose letters."""
    folded = name.strip().lower()
    plain = re.sub(r"[^a-z0-9]+", "_", folded).strip("_")
    if re.fullmatch(r"[a-z0-9]+(?:[ _][a-z0-9]+)*", folded):
        return plain
    return f"{plain[:24]}_{hashlib.sha256(folded.encode()).hexdigest()[:8]}".lstrip("_")


def open_source(name: str, region: str, *, form: str = "auto") -> Source:
    """The source of that name in that region; the same two words always give the same id and zone."""
    for word in (name, region):
        if not word.strip() or len(word) > LONGEST_NAME:
            raise Malformed(
                "source.name", "A source needs a name and a region of 1 to {most} characters each.",
                "请填写来源名称与地区，各 1 至 {most} 个字符。", most=LONGEST_NAME,
            )
    place = f"{part(name)}-{part(region)}"
    return Source(id=f"source-{place}", state="open", name=name.strip(), region=region.strip(), zone=f"zone-{place}", form=form)


def check_open(source: Source) -> None:
    """Refused when the source takes no more deliveries."""
    if source.state != "open":
        raise Refused("source.closed", "The source is closed. Reopen it before landing data from it.", "该来源已关闭，请先重新开启再接收数据。")
