"""Damage as lines, disks and people do it: bytes flipped, lost, doubled, swapped, pieces of one thing in another; seeded, so the same every time."""

from collections.abc import Callable, Iterator, Sequence
from random import Random

MARKS = [
    b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"\0", b"<", b">", b'"', b"\xff", b"\x80", "镕".encode("gb18030"), b"MSH", b"PID|", b"</entry>", b"]]>",
    b"&x;", b"-->", b"9" * 40,
]


def flip(dice: Random, data: bytearray) -> None:
    data[dice.randrange(len(data))] = dice.randrange(256)


def lose(dice: Random, data: bytearray) -> None:
    at = dice.randrange(len(data))
    del data[at : at + dice.choice((1, 2, 9, 80, 900))]


def insert(dice: Random, data: bytearray) -> None:
    at = dice.randrange(len(data) + 1)
    data[at:at] = dice.choice(MARKS) * dice.choice((1, 1, 1, 3, 50))


def double(dice: Random, data: bytearray) -> None:
    at, size = dice.randrange(len(data)), dice.choice((5, 60, 600))
    data[at:at] = data[at : at + size]


def swap(dice: Random, data: bytearray) -> None:
    one, other = sorted((dice.randrange(len(data)), dice.randrange(len(data))))
    size = dice.randrange(1, 60)
    data[one : one + size], data[other : other + size] = data[other : other + size], data[one : one + size]


def cut(dice: Random, data: bytearray) -> None:
    del data[dice.randrange(len(data)) :]


def lines(dice: Random, data: bytearray) -> None:
    parts = bytes(data).split(b"\r" if b"\r" in data else b"\n")
    dice.shuffle(parts)
    data[:] = b"\r".join(parts[: dice.randrange(1, len(parts) + 1)])


WAYS: tuple[Callable[[Random, bytearray], None], ...] = (flip, flip, flip, lose, insert, insert, double, swap, cut, lines)


def damaged(originals: Sequence[bytes], count: int, seed: int, *, never: bytes = b"") -> Iterator[bytes]:
    """`count` damaged copies, one to four ways each; the bytes in `never` do not occur in them."""
    dice = Random(seed)
    for _ in range(count):
        data = bytearray(dice.choice(originals))
        for _ in range(dice.randrange(1, 5)):
            if data:
                dice.choice(WAYS)(dice, data)
        yield bytes(byte for byte in data if byte not in never)
