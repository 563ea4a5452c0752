"""A delivery lying in a folder, or a single file: regular files only, nothing hidden, nothing from outside the folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dujiang.errors import Malformed, Unknown

PASSED_OVER = ("README", "LICENSE", "LICENCE")  # notes for people that lie beside the data, whatever their ending


@dataclass(frozen=True)
class LyingFile:
    """One file of a folder; `name` is its path within, with `/`."""

    path: Path
    name: str
    size: int

    def open(self) -> IO[bytes]:
        return self.path.open("rb")


def folder_delivery(place: Path) -> Sequence[LyingFile]:
    """The files at `place` in order of name, folders one level deep included; hidden ones, `_*`, README and LICENSE are not data.

    Unknown when nothing lies there; Malformed for folders within folders, because files in them would be forgotten silently.
    """
    if place.is_file():
        return (_lying(place.parent, place),)
    if not place.is_dir():
        raise Unknown("delivery.absent", "There is no folder or file at that place.", "该位置没有文件夹或文件。")
    found = _files(place, place, deeper=True)
    return tuple(sorted((_lying(place, path) for path in found), key=lambda file: file.name))


def _files(top: Path, folder: Path, *, deeper: bool) -> list[Path]:
    out: list[Path] = []
    for path in folder.iterdir():
        if not _is_data(path.name) or not path.resolve().is_relative_to(top.resolve()):
            continue
        if path.is_file():
            out.append(path)
        elif path.is_dir() and deeper:
            out += _files(top, path, deeper=False)
        elif path.is_dir():
            raise Malformed(
                "delivery.deep", "A delivery may have folders, but no folders within them. Deliver each of them by itself.",
                "交付可含一层子文件夹，不可再嵌套，请分别交付。",
            )
    return out


def _is_data(name: str) -> bool:
    return not name.startswith((".", "_")) and name.upper().partition(".")[0] not in PASSED_OVER


def _lying(top: Path, path: Path) -> LyingFile:
    return LyingFile(path, path.relative_to(top).as_posix(), path.stat().st_size)
