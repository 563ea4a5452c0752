"""What a reviewer said a text means: kept, and read the next time before any list; it says what the words mean, not whether they are true of a person."""

import re
from typing import ClassVar

from dujiang.errors import Malformed
from dujiang.standardise.terms.matching import LONGEST_PART
from dujiang.standardise.terms.qualifiers import strip
from dujiang.standardise.terms.writing import bare, fold
from dujiang.standardise.vocabulary import LOCAL, systems
from dujiang.words import Code, Life, Move, Thing, one_of

MOST_CODES = 5
LIFE = Life(kind="term", start="confirmed", moves=(Move(verb="withdraw", frm=("confirmed",), to=("withdrawn",)),))
_CODE = re.compile(r"[!-{}~]{1,32}")  # printable ASCII but the bar, which ends a system's name in `x_codes`
_ICD = re.compile(r"[A-Z]\d[0-9A-Z](\.[0-9A-Zx]{1,8})?(\+[A-Z]\d\d(\.[0-9x]{1,8})?)?")


class Confirmed(Thing, frozen=True, kw_only=True):
    """A text, written as `written` does, and the codes it means; none: it is no diagnosis."""

    KIND: ClassVar[str] = "term"
    text: str
    codes: tuple[Code, ...] = ()
    by: str = ""
    at: str = ""

    def __post_init__(self) -> None:
        if self.state not in LIFE.states():
            raise Malformed("term.state", "A confirmed term cannot be in that state.", "术语状态无效。")
        if not self.text or len(self.codes) > MOST_CODES or len(set(self.codes)) != len(self.codes):
            raise Malformed("term.codes", "A term means no code, or up to {most} different ones.", "一个术语可对应 0 至 {most} 个不同编码。", most=MOST_CODES)
        for code in self.codes:
            check_code(code)

    def parent(self) -> str:
        return self.text


def written(text: str) -> str:
    """The text as it is kept and looked up: folded, without qualifiers and punctuation; Malformed when nothing or too much is left."""
    core = bare(strip(fold(text[: 10 * LONGEST_PART]))[0])
    if not 0 < len(core) <= LONGEST_PART:
        raise Malformed("term.text", "A term has 1 to {most} characters besides its qualifiers.", "术语除修饰词外须为 1 至 {most} 个字符。", most=LONGEST_PART)
    return core


def check_code(code: Code) -> None:
    """Malformed for an unknown system, and for what cannot be a code of it."""
    if code.system not in {*systems().values(), LOCAL}:
        raise Malformed(
            "term.system", "Name the code system by its short name: {systems}.", "请使用编码体系简称：{systems}。", systems=one_of({*systems().values(), LOCAL})
        )
    if not _CODE.fullmatch(code.code) or (code.system.startswith("ICD10") and code.system != "ICD10PCS" and not _ICD.fullmatch(code.code)):
        raise Malformed("term.code", "That cannot be a code of {system}.", "这不是有效的 {system} 编码。", system=code.system)
