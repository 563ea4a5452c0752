"""Text out of a message's bytes: by the character set its header names (MSH-18), by what the bytes look like when it names none."""

import re

from dujiang.collect.readers.encodings import encoding_of

# HL7 table 0211 and what Chinese systems write there; letters and digits only, upper case.
_NAMED = {
    "UNICODEUTF8": "utf-8", "UTF8": "utf-8", "UNICODE": "utf-8",
    "GB180302000": "gb18030", "GB18030": "gb18030", "GB2312": "gb18030", "GBK": "gb18030", "CP936": "gb18030",
    "BIG5": "cp950", "KSX1001": "euc_kr",
    **{f"8859{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}
_HIGH = re.compile(rb"[\x80-\xff]+")
_HANZI = re.compile(rb"(?:[\x00-\x7f]|[\xb0-\xf7][\xa1-\xfe])*")  # ASCII and the Chinese characters of GB 2312


def named(name: str) -> str:
    """Python's name of the character set; empty when the name says nothing (none, ASCII, one we do not know)."""
    plain = re.sub(r"[^A-Z0-9]", "", name.upper())
    return _NAMED.get(plain.removeprefix("ISO") if plain.startswith("ISO8859") else plain, "")


def charset(segments: list[bytes], declared: str = "") -> str:
    """What a message is written in: UTF-8 where that is beyond doubt, else as declared, if it can be; else UTF-8, GB18030 or,
    for lone accented letters, Latin-1.
    """
    high = [raw for raw in segments if not raw.isascii()]
    if not high or _is_utf_8(high):
        return "utf-8"
    if declared and sum(decoded(raw, declared) is not None for raw in high) * 2 >= len(high):
        return declared
    if all(_HANZI.fullmatch(raw) for raw in high) and not _lone(high, 2):
        return "gb18030"
    found = encoding_of(high)
    return "latin-1" if found == "gb18030" and _lone(high, 1) else found


def _is_utf_8(segments: list[bytes]) -> bool:
    """Whether all is valid with a character of three bytes: Chinese in GB18030 has pairs, which make no such character by chance."""
    texts = [decoded(raw, "utf-8") for raw in segments]
    return None not in texts and any(character > "\u07ff" for text in texts if text for character in text)


def _lone(segments: list[bytes], size: int) -> bool:
    """Whether most runs of bytes beyond ASCII have that size, as one accented letter has: Chinese comes in words."""
    lengths = [len(run) for raw in segments for run in _HIGH.findall(raw)]
    return sum(length == size for length in lengths) * 2 > len(lengths)


def decoded(raw: bytes, name: str) -> str | None:
    """The text, or None when it is not valid in that character set."""
    try:
        return raw.decode(name)
    except UnicodeDecodeError:
        return None
