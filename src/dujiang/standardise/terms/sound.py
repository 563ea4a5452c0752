"""How Chinese characters sound, roughly, so that one typed by mistake for another of its sound is nearly the same; other letters stay themselves."""

import os
from collections.abc import Callable
from functools import cache
from typing import cast

_FLAG = "PYPINYIN_NO_PHRASES"


@cache
def _dictionary() -> Callable[[str], list[str]]:
    """The reader of single characters; without the phrases, which take two thirds of the loading time."""
    before = os.environ.get(_FLAG)
    os.environ[_FLAG] = "true"
    try:
        from pypinyin import lazy_pinyin
    finally:
        if before is None:
            del os.environ[_FLAG]
        else:
            os.environ[_FLAG] = before
    return cast(Callable[[str], list[str]], lazy_pinyin)


# Initials that many speakers and every phonetic keyboard take for one another; so they do final n and ng.
_CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"))


@cache
def sound(character: str) -> str:
    """Pinyin of one character without its tone, and without the differences that are commonly confused."""
    if character.isascii():
        return character
    heard = "".join(_dictionary()(character))
    for initial, like in _CONFUSED:
        if heard.startswith(initial):
            heard = like + heard.removeprefix(initial)
            break
    return heard.removesuffix("g") if heard.endswith("ng") else heard
