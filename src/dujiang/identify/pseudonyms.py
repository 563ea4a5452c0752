"""Pseudonyms of persons from the key that nodes share and the hub lacks; without it no two of them can be joined.

HMAC-SHA-256 (RFC 2104), but for releases. Each project and each release has a key of its own, derived from the secret under a
domain of its own, so the same handle gives unrelated values in two projects, and in a project and a release.

A release names everybody counted in it, in the time an answer takes: its pseudonyms are made by AES-256 (FIPS 197) over all
handles in one go, many times as fast. Each half of a handle, itself an HMAC, is encrypted and XORed with what it was
(Davies-Meyer), so that not even the key leads from a pseudonym back to the handle.
"""

import hmac
from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from dujiang.errors import Malformed

SIZE = 32
_PROJECT = b"dujiang/pseudonym/project/v1\x00"
_RELEASE = b"dujiang/pseudonym/release/v2\x00"


def project_pseudonym(secret: bytes, project: str, handle: str) -> bytes:
    """The 32 bytes by which a project knows the person with this handle."""
    return project_pseudonyms(secret, project, (handle,))[0]


def release_pseudonym(secret: bytes, release: str, handle: str) -> bytes:
    """The 32 bytes by which a release's tree of participants knows the person with this handle."""
    return release_pseudonyms(secret, release, (handle,))[0]


def project_pseudonyms(secret: bytes, project: str, handles: Iterable[str]) -> list[bytes]:
    """`project_pseudonym` of each handle, in order."""
    keyed = hmac.new(derived(secret, _PROJECT + project.encode()), digestmod="sha256")
    # Copying a keyed state is twice as fast as keying it anew for each of many thousand handles.
    out: list[bytes] = []
    for handle in handles:
        one = keyed.copy()
        one.update(handle.encode())
        out.append(one.digest())
    return out


def release_pseudonyms(secret: bytes, release: str, handles: Iterable[str]) -> list[bytes]:
    """`release_pseudonym` of each handle, 64 hex characters, in order; Malformed for any other handle."""
    texts = tuple(handles)
    plain = _halves(texts)
    cipher = Cipher(AES(derived(secret, _RELEASE + release.encode())), ECB()).encryptor()
    hidden = cipher.update(plain) + cipher.finalize()
    mixed = (int.from_bytes(plain) ^ int.from_bytes(hidden)).to_bytes(len(plain))
    return [mixed[at : at + SIZE] for at in range(0, len(mixed), SIZE)]


def _halves(handles: tuple[str, ...]) -> bytes:
    """The handles' bytes, one after another."""
    try:
        plain = bytes.fromhex("".join(handles))
    except ValueError:
        plain = b""
    if len(plain) != SIZE * len(handles) or any(len(handle) != 2 * SIZE for handle in handles):
        raise Malformed("persons.handle", "A person's handle is not 64 hexadecimal characters.", "人员标识不是 64 位十六进制字符。")
    return plain


def derived(secret: bytes, domain: bytes) -> bytes:
    """A key of 32 bytes for one use, of which the secret cannot be told."""
    return hmac.digest(_checked(secret), domain, "sha256")


def person_id(secret: bytes, zone: str, record: int) -> str:
    """The node's id of the person whose first record this is: `p-` and 24 hex characters."""
    return "p-" + _hex(secret, f"person|{zone}|{record}")[:24]


def number_handle(secret: bytes, system: str, value: str) -> str:
    """The handle, 64 hex characters, of whoever has this valid number: equal at every node that shares the key."""
    return _hex(secret, f"number|{system}|{value}")


def local_handle(secret: bytes, party: str, person: str) -> str:
    """The handle, 64 hex characters, of a person without a number to go by: this party's own."""
    return _hex(secret, f"local|{party}|{person}")


class Names:
    """The ids and handles of a node's persons under the persons' key, made many at a time."""

    def __init__(self, secret: bytes, party: str) -> None:
        self._secret, self._party = _checked(secret), party

    def own(self, zone: str, record: int) -> str:
        """The person of whom this is the first record."""
        return person_id(self._secret, zone, record)

    def local(self, person: str) -> str:
        """A person's handle for want of a number."""
        return local_handle(self._secret, self._party, person)

    def number(self, system: str, value: str) -> str:
        return number_handle(self._secret, system, value)

    def mark(self) -> str:
        """A word that changes with the key and the party, and tells neither."""
        return _hex(self._secret, f"mark|{self._party}")[:16]


def _hex(secret: bytes, message: str) -> str:
    return hmac.digest(_checked(secret), message.encode(), "sha256").hex()


def _checked(secret: bytes) -> bytes:
    if len(secret) < SIZE:
        raise Malformed(
            "persons.key",
            "The persons' key is shorter than {size} bytes. Take the key the alliance's nodes share.",
            "人员密钥不足 {size} 字节，请使用联盟各节点共用的密钥。",
            size=SIZE,
        )
    return secret
