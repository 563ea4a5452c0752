"""How Chinese characters sound, roughly, so that one typed by mistake for another of its sound is nearly the same; other letters stay themselves."""

from functools import cache

from dujiang.standardise.characters import read_aloud

# Initials that many speakers and every phonetic keyboard take for one another; so they do final n and ng.
_CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"))


@cache
def sound(character: str) -> str:
    """Pinyin of one character without its tone, and without the differences that are commonly confused."""
    if character.isascii():
        return character
    heard = read_aloud(character)
    for initial, like in _CONFUSED:
        if heard.startswith(initial):
            heard = like + heard.removeprefix(initial)
            break
    return heard.removesuffix("g") if heard.endswith("ng") else heard
