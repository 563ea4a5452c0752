"""How a single Chinese character is read, without its tone; the one place that loads the dictionary, at the first character asked for."""

import os
from collections.abc import Callable
from functools import cache
from typing import cast

_FLAG = "PYPINYIN_NO_PHRASES"


@cache
def _dictionary() -> Callable[[str], list[str]]:
    """The reader of single characters, without the phrases.

    A character must sound the same beside every neighbour, so the phrases (two thirds of the loading time) are not wanted; a start-up
    without Chinese text pays nothing.
    """
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


def read_aloud(character: str) -> str:
    """Pinyin of one character; what the dictionary does not know stays itself."""
    return "".join(_dictionary()(character))
