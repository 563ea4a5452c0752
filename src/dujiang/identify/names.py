"""Brings a name or a phone number into the form in which it is compared; what says nothing becomes empty."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from dujiang.identify.simplified import simplified

_COMPOUND = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 "
    "申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 "
    "宰父 谷梁 拓跋 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五 "
    "歐陽 司馬 東方 獨孤 諸葛 尉遲 長孫 鍾離 單于 单于"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND.split())
# Written where a name should stand: newborns, the unconscious, forms that insist.
_PLACEHOLDERS = (
    "unknown unk none null nn noname anonymous baby babyboy babygirl newborn "
    "无名氏 无名 不详 未知 待查 患者 新生儿 婴儿 之子 之女 大双 小双 男婴 女婴"
)
_NO_NAME = frozenset(_PLACEHOLDERS.split())
# A newborn is registered as its mother's or father's child until it has a name.
_NEWBORN = re.compile(r"(?:之[大小长次一二三]?[子女婴双]|[男女]婴儿?|大双|小双|大毛|小毛|bb|宝宝|babyboy|babygirl)\d?$")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")
_DOT = re.compile(r"[·•‧・･]")
_SEVERAL = re.compile(r"[;,/、|]")
_EXTENSION = re.compile(r"(?:x|ext|转).*$", re.I)


class NameParts(NamedTuple):
    """A cleaned name; `family` is empty where a name has none or nobody can tell."""

    family: str
    given: str

    @property
    def whole(self) -> str:
        return self.family + self.given


@lru_cache(1 << 16)
def clean(text: str) -> str:
    """Letters and digits only: one width, no case, accents, spaces, dots or other punctuation; simplified characters."""
    if text.isascii():
        return "".join(c for c in text.casefold() if c.isalnum())
    spread = unicodedata.normalize("NFKD", text).casefold()
    kept = (c for c in spread if c.isalnum() and not unicodedata.combining(c))
    return simplified(unicodedata.normalize("NFKC", "".join(kept)))


def is_han(text: str) -> bool:
    """Whether a cleaned text is Chinese characters only."""
    return bool(_HAN.fullmatch(text))


def _known(text: str | None) -> str:
    cleaned = clean(text or "")
    return "" if cleaned in _NO_NAME else cleaned


def name_parts(family: str | None, given: str | None, full: str | None) -> NameParts:
    """The parts as given, or cut from the full name where it is Chinese; a name with a dot is never cut."""
    first, last, whole = _known(given), _known(family), _known(full)
    parent = _NEWBORN.sub("", last + first if last or first else whole)
    if is_newborn(family, given, full):
        return NameParts(split_chinese(parent).family or parent if is_han(parent) else parent, "")
    if not first and last and whole.startswith(last):
        return NameParts(last, _known(whole[len(last) :]))
    if first or last:
        return NameParts(last, first)
    if _DOT.search(unicodedata.normalize("NFKC", full or "")) or _DOT.search(full or "") or not is_han(whole):
        return NameParts("", whole)
    return split_chinese(whole)


def is_newborn(family: str | None, given: str | None, full: str | None) -> bool:
    """Whether this is the name of a child that has none yet: somebody's son, daughter or twin."""
    return bool(_NEWBORN.search(clean((family or "") + (given or "")) or clean(full or "")))


def split_chinese(whole: str) -> NameParts:
    """Surname and given name by the list of compound surnames; five characters and more are not cut."""
    if len(whole) > 4 or len(whole) < 2:
        return NameParts("", whole)
    cut = 2 if len(whole) > 2 and whole[:2] in COMPOUND_SURNAMES else 1
    return NameParts(whole[:cut], _known(whole[cut:]))


def clean_phone(text: str | None) -> str:
    """Digits of the first phone number without country code 86 and extension; empty for what cannot be one."""
    if text and text.isascii() and text.isdigit():
        return _phone(text)
    found = (_phone(re.sub(r"\D", "", _EXTENSION.sub("", one))) for one in _SEVERAL.split(unicodedata.normalize("NFKC", text or "")))
    return next(filter(None, found), "")


def _phone(digits: str) -> str:
    if digits.startswith(("86", "0086")):
        digits = re.sub(r"^(?:00)?86(?=1\d{10}$)", "", digits)
    return digits if 7 <= len(digits) <= 15 and len(set(digits)) > 2 else ""
