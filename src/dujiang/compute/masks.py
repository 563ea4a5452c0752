"""Secure sum by pairwise masks: each holder adds a mask shared with each other one, which cancels in the total over all and nowhere else.

Exact integers in a ring of 2^64 or 2^128; a figure that could wrap is refused. A sum that lacks a holder, has one twice or mixes tasks is
refused too: a holder that does not answer ends the task (after Bonawitz et al., CCS 2017, without their recovery of drop-outs).

A mask comes from an X25519 shared secret and the task's id alone. The caller must therefore refuse to mask a second vector under a task id
it has used: the difference of the two would lie open.
"""

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dujiang.errors import Broken, Malformed, Refused
from dujiang.words import Word

CHECKS = 2  # elements after the figures: one that counts holders, one that must fit all the others


class Ring(Word, frozen=True):
    """Integers modulo 2^bits."""

    bits: int

    def __post_init__(self) -> None:
        if self.bits not in (64, 128):
            raise Malformed("sum.ring", "The ring is of 64 or 128 bits.", "环的位数须为 64 或 128。")

    @property
    def size(self) -> int:
        return 1 << self.bits

    def limit(self, holders: int) -> int:
        """Figures under it in size, one from each holder, add up without wrapping."""
        return self.size // 2 // holders

    def write(self, vector: Sequence[int]) -> bytes:
        """Elements as big-endian bytes."""
        return b"".join(x.to_bytes(self.bits // 8, "big") for x in vector)

    def read(self, data: bytes) -> list[int]:
        """Elements from bytes; Malformed when they are not whole elements."""
        step = self.bits // 8
        if len(data) % step:
            raise Malformed("sum.bytes", "The masked vector is not whole.", "掩码向量不完整。")
        return [int.from_bytes(data[i : i + step], "big") for i in range(0, len(data), step)]

    def centred(self, x: int) -> int:
        """The signed number an element stands for."""
        x %= self.size
        return x - self.size if x >= self.size // 2 else x


def ring_for(holders: int, *, bound: int | None = None) -> Ring:
    """The smallest ring in which figures of at most `bound` in size, one from each holder, cannot wrap.

    Without a declared bound the large one: sums of squares at 18 decimals need it, whatever the number of holders.
    """
    if holders < 1:
        raise Malformed("sum.holders", "A sum has at least one holder.", "求和至少需要一个机构。")
    if bound is None:
        return Ring(bits=128)
    for ring in (Ring(bits=64), Ring(bits=128)):
        if 0 <= bound < ring.limit(holders):
            return ring
    raise _too_large()


def mask(
    vector: Sequence[int], *, me: str, peers: Mapping[str, bytes], private: bytes, task: str, ring: Ring
) -> list[int]:
    """My figures under the masks shared with every peer (id -> raw X25519 public key), with the check elements behind them.

    Once per task id and no more; see above. Refused when a figure could make the sum wrap. Without peers nothing hides the figures.
    """
    if me in peers:
        raise Malformed("sum.holders", "A holder shares no mask with itself.", "机构不得与自身共享掩码。")
    if any(abs(x) >= ring.limit(len(peers) + 1) for x in vector):
        raise _too_large()
    out = [x % ring.size for x in (*vector, 1, _check(vector, task=task, ring=ring, holders=1))]
    for peer, public in sorted(peers.items()):
        stream = _stream(private, public, pair=(me, peer), task=task, count=len(out), ring=ring)
        sign = 1 if me < peer else -1
        out = [(x + sign * m) % ring.size for x, m in zip(out, stream, strict=True)]
    return out


def unmask_sum(vectors: Sequence[Sequence[int]], *, ring: Ring, holders: int, task: str) -> list[int]:
    """The totals, signed; Broken unless every holder's vector of this task is among them, each once, in any order."""
    lengths = {len(v) for v in vectors}
    if len(vectors) != holders or len(lengths) != 1 or min(lengths) < CHECKS:
        raise _incomplete()
    *totals, counted, check = [sum(column) % ring.size for column in zip(*vectors, strict=True)]
    if counted != holders or check != _check(totals, task=task, ring=ring, holders=holders):
        raise _incomplete()
    return [ring.centred(x) for x in totals]


def _too_large() -> Refused:
    return Refused("sum.overflow", "A figure is too large to be summed without wrapping.", "数值过大，求和可能溢出。")


def _incomplete() -> Broken:
    return Broken(
        "sum.incomplete", "The parts do not add up to a sum over all holders; nothing was computed.", "各部分无法合成全体机构的总和，未产生任何结果。"
    )


def _check(figures: Sequence[int], *, task: str, ring: Ring, holders: int) -> int:
    """A sum of the figures with weights all holders of the task know: it adds up like the figures, so the totals must have it too.

    Weights of figures are odd, so that no change of a single element goes unseen; the first one stands for the task itself.
    """
    step = ring.bits // 8
    first, *weights = ring.read(hashlib.shake_256(b"dujiang sum check\n" + task.encode()).digest(step * (len(figures) + 1)))
    return (holders * first + sum((w | 1) * x for w, x in zip(weights, figures, strict=True))) % ring.size


def _stream(private: bytes, public: bytes, *, pair: tuple[str, str], task: str, count: int, ring: Ring) -> list[int]:
    """The pair's mask: AES-256-CTR under a key from HKDF over the shared secret, the task, the pair and the shape."""
    try:
        shared = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:  # a key of another length, or one that makes the same secret with everybody
        raise Malformed("sum.key", "The sealing key of {id} is no X25519 key.", "机构 {id} 的加密公钥无效。", id=pair[1]) from None
    info = msgspec.json.encode(["dujiang mask", *sorted(pair), count, ring.bits])
    salt = hashlib.sha256(task.encode()).digest()
    key = HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(shared)
    encryptor = Cipher(algorithms.AES(key), modes.CTR(b"\0" * 16)).encryptor()
    return ring.read(encryptor.update(b"\0" * (count * ring.bits // 8)) + encryptor.finalize())
