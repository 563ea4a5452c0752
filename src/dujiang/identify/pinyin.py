"""How a Chinese name sounds, without tones, surnames by their readings as surnames; other letters pass unchanged."""

import re
from functools import cache
from string import ascii_lowercase

from dujiang.standardise.characters import read_aloud

_UMLAUT = re.compile(r"([ln])(?:v|yu)")
_HEARD = {"zh": "z", "ch": "c", "sh": "s", "ng": "n", "l": "n"}
_SOUTHERN = re.compile("zh|ch|sh|ng|l")

# Surnames whose reading differs from their characters' first dictionary reading, as any Hundred Surnames gives them.
_READINGS = (
    "曾zeng 单shan 單shan 解xie 仇qiu 朴piao 区ou 區ou 查zha 任ren 乐yue 樂yue 盖ge 蓋ge 种chong 缪miao "
    "繆miao 翟zhai 覃qin 黑he 员yun 員yun 冼xian 洗xian 折she 秘bi 繁po 逄pang 隗wei 宓mi 召shao 华hua "
    "華hua 宿su 车che 車che 那na 都du 祭zhai 贲ben 褚chu 阚kan 谌chen 厍she 亓qi 燕yan 宁ning 过guo 過guo "
    "葛ge 尉wei 句gou 角jue 纪ji 柏bai 瞿qu 应ying 俞yu 藏zang 晟cheng 撒sa 哈ha 教jiao 尉迟yuchi "
    "尉遲yuchi 万俟moqi 单于chanyu 單于chanyu 长孙zhangsun 長孫zhangsun 澹台tantai 乐正yuezheng 子车ziju "
    "令狐linghu 鲜于xianyu "
)
SURNAME_READINGS = {
    entry.rstrip(ascii_lowercase): entry[len(entry.rstrip(ascii_lowercase)) :] for entry in _READINGS.split()
}


@cache
def _character(character: str) -> str:
    return character if character.isascii() else _plain(read_aloud(character))


def _plain(letters: str) -> str:
    """The vowel ü as passports (`lyu`), keyboards (`lv`) and everybody else (`lu`) write it."""
    return _UMLAUT.sub(r"\1u", letters)


def sound(name: str) -> str:
    """Toneless pinyin of a cleaned given name, character by character."""
    return _plain(name) if name.isascii() else "".join(map(_character, name))


def blur(letters: str) -> str:
    """A sound without what most southern ears do not tell apart: zh and z, ch and c, sh and s, ng and n, l and n."""
    return _SOUTHERN.sub(lambda found: _HEARD[found[0]], letters)


def surname_sound(surname: str) -> str:
    """Toneless pinyin of a cleaned surname."""
    return SURNAME_READINGS.get(surname) or sound(surname)
