"""Text out of bytes that are UTF-8 or GB18030: decided once per file, so that one damaged line changes nothing for the rest."""


class Decoder:
    """Decides by the lines of a file's head that are not ASCII, or by the first such line when the head has none."""

    def __init__(self, head: bytes) -> None:
        lines = [line for line in head.split(b"\n")[:-1] if not line.isascii()]
        self.name = encoding_of(lines) if lines else ""

    def text(self, raw: bytes) -> str | None:
        """The line, or None when it is not valid in the file's encoding."""
        if raw.isascii():
            return raw.decode("ascii")
        if not self.name:
            self.name = encoding_of([raw])
        return _decoded(raw, self.name)


def encoding_of(lines: list[bytes]) -> str:
    """`gb18030` when fewer than half of the lines are UTF-8 and more are GB18030, else `utf-8`.

    Short UTF-8 lines are often valid GB18030 by accident, the reverse is rare; hence UTF-8 has the first word.
    """
    utf8, gb = (sum(_decoded(line, name) is not None for line in lines) for name in ("utf-8", "gb18030"))
    return "gb18030" if utf8 * 2 < len(lines) and gb > utf8 else "utf-8"


def _decoded(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except UnicodeDecodeError:
        return None
