"""Answers kept for calls that may come again, sealed under the party's own key: an answer can hold an access token or an invitation."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dujiang.errors import Broken
from dujiang.world import World

NONCE = 12  # bytes, of AES-GCM


def _box(world: World) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"dujiang answers").derive(world.keys.get("party")))


def seal(world: World, key: str, answer: bytes) -> bytes:
    """The answer as it is stored under the call's key, to which it is bound."""
    nonce = world.dice.token(NONCE)
    return nonce + _box(world).encrypt(nonce, answer, key.encode())


def unseal(world: World, key: str, stored: bytes) -> bytes:
    """The answer; Broken when it was stored by another party or for another key."""
    try:
        return _box(world).decrypt(stored[:NONCE], stored[NONCE:], key.encode())
    except InvalidTag:
        raise Broken("gate.answer", "The answer kept for this key cannot be opened with this party's key.", "该幂等键下保存的答复无法用本机构密钥打开。") from None
