"""Messages of HL7 v2 and a sender that frames them, sends them and reads the answers."""

import socket
from typing import Any

from dujiang.collect.readers.hl7v2.framing import Framer, framed


def admission(number: int, *, name: str = "ZHANG^SAN") -> bytes:
    """An admission of one patient."""
    return (
        f"MSH|^~\\&|HIS|A|DJ|N|20261125080000||ADT^A01^ADT_A01|M{number:06d}|P|2.5.1\r"
        f"PID|1||P{number:06d}^^^A^MR||{name}||19800101|F\rPV1|1|I|W1^1^1||||||||||||||||V{number:06d}\r"
    ).encode()


class Sender:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._framer = Framer()
        self._answers: list[bytes] = []

    def send(self, *messages: bytes) -> None:
        self.socket.sendall(b"".join(map(framed, messages)))

    def answer(self) -> bytes:
        """The next answer; empty when the other side hung up."""
        while not self._answers:
            piece = self.socket.recv(65536)
            if not piece:
                return b""
            self._answers += [frame.message for frame in self._framer.feed(piece)]
        return self._answers.pop(0)

    def ask(self, message: bytes) -> str:
        """The code of the answer to a message (MSA-1)."""
        self.send(message)
        return code(self.answer())

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: Any) -> None:
        self.socket.close()


def code(answer: bytes) -> str:
    return answer.partition(b"MSA|")[2].partition(b"\r")[0].partition(b"|")[0].decode()


def control(answer: bytes) -> str:
    return answer.partition(b"MSA|")[2].split(b"|")[1].partition(b"\r")[0].decode()
