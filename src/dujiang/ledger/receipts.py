"""Receipts of use and of non-use: cut by a holder, verified by anyone with the log's key and no network.

`verify_receipt` refuses a file of which any character was changed. A receipt proves what the holder committed to in the
log before the answer left; that the pseudonyms are true is the holder's word, which its signature makes it answer for.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from dujiang.errors import Broken, DujiangError, Malformed
from dujiang.ledger import checkpoint, participants, receipt_file, tree
from dujiang.ledger.canonical import canonical, parse
from dujiang.ledger.checkpoint import Checkpoint
from dujiang.ledger.encoding import from_base64, from_hex, to_base64
from dujiang.ledger.note import SigningKey, VerifyingKey
from dujiang.ledger.receipt_file import NonUseReceipt, Receipt, UseReceipt
from dujiang.ledger.release_entry import Holding, LoggedRelease, Release, read_release
from dujiang.words import Saying, Word


class VerifiedReceipt(Word, frozen=True):
    """What a receipt proves, in the words a person needs."""

    kind: str  # "use" or "non-use"
    release: str
    purpose: str
    released: str  # when, as the entry says
    holder: str
    count: int  # persons of this holder in the release
    pseudonym: str
    index: int  # of the release entry
    size: int  # entries that the checkpoint covers
    issued: str

    @property
    def says(self) -> Saying:
        """The finding as one sentence in both languages."""
        facts = msgspec.structs.asdict(self)
        return Saying(en=_FINDINGS[self.kind].en.format_map(facts), zh=_FINDINGS[self.kind].zh.format_map(facts))


_FINDINGS = {
    "use": Saying(
        en="Your data at {holder} were used in release {release} of {released} for purpose {purpose}, with {count} "
        "persons counted there; it is entry {index} of a log of {size} entries.",
        zh="您在 {holder} 的数据已用于 {released} 的发布 {release}，用途为 {purpose}，该机构共计入 {count} 人；"
        "该发布位于日志第 {index} 条（检查点共 {size} 条）。",
    ),
    "non-use": Saying(
        en="Your data at {holder} were not used in release {release} of {released} for purpose {purpose}; {count} "
        "persons were counted there; it is entry {index} of a log of {size} entries.",
        zh="您在 {holder} 的数据未用于 {released} 的发布 {release}（用途为 {purpose}，该机构共计入 {count} 人）；"
        "该发布位于日志第 {index} 条（检查点共 {size} 条）。",
    ),
}


def cut_receipt(
    logged: LoggedRelease,
    values: Iterable[bytes],
    pseudonym: bytes,
    *,
    holder: str,
    key: SigningKey,
    log: VerifyingKey,
    issued: str,
) -> bytes:
    """The receipt file for a pseudonym: of use when it is among the holder's `values` for the release, else of non-use.

    `issued` is UTC in milliseconds (`2026-01-31T08:00:00.000Z`). A receipt that would not verify under the log's key is
    not cut but refused with the step that fails, for instance when `values` are not those the entry commits to.
    """
    ordered = participants.arrange(values)
    said: dict[str, Any] = {
        "format": receipt_file.FORMAT,
        "entry": parse(logged.body),
        "index": logged.index,
        "inclusion": receipt_file.write_path(logged.inclusion),
        "checkpoint": logged.checkpoint,
        "holder": holder,
        "pseudonym": pseudonym.hex(),
        "issued": issued,
        "sig": "",
    }
    data = _signed(_draft(said, ordered, pseudonym), key)
    verify_receipt(data, log)
    return data


def _draft(said: dict[str, Any], ordered: tuple[bytes, ...], pseudonym: bytes) -> Receipt:
    if pseudonym in ordered:
        return UseReceipt(**said, participants=receipt_file.write_pages(participants.prove_use(ordered, pseudonym)))
    return NonUseReceipt(**said, participants=receipt_file.write_pages(participants.prove_non_use(ordered, pseudonym)))


def _signed(draft: Receipt, key: SigningKey) -> bytes:
    signature = key.sign_bytes(receipt_file.signed_bytes(draft))
    return receipt_file.write(msgspec.structs.replace(draft, sig=to_base64(signature)))


def verify_receipt(data: bytes, key: VerifyingKey) -> VerifiedReceipt:
    """What the receipt proves under the log's key; Malformed or Broken, naming the first step that does not hold."""
    # (1) The file is canonical JSON and one newline, (2) has exactly the fields of a receipt,
    receipt = receipt_file.read(data)
    # (3) and writes each hash, key, signature and time in the one permitted way.
    receipt_file.check_spelling(receipt)
    # (4) The log signed the checkpoint, and no stranger beside it.
    covered = _checkpoint(receipt, key)
    # (5) The entry stands in the log at its index, under the checkpoint's root.
    if not _is_included(receipt, covered):
        raise _broken("inclusion")
    # (6) The entry records a release that took place,
    release = _release(receipt)
    # (7) and in it this holder committed to its participants and its key.
    holding = release.holding(receipt.holder)
    if holding is None:
        raise _broken("holder")
    # (8) Under that commitment the pseudonym is present, or absent, as the receipt says.
    if not _is_placed(receipt, holding):
        raise _broken("participants")
    # (9) That key signed all of the receipt.
    if not _is_signed(receipt, holding):
        raise _broken("signature")
    return _finding(receipt, covered, release, holding)


def _checkpoint(receipt: Receipt, key: VerifyingKey) -> Checkpoint:
    try:
        return checkpoint.parse_signed(receipt.checkpoint, key, strict=True)
    except DujiangError:
        raise _broken("checkpoint") from None


def _is_included(receipt: Receipt, covered: Checkpoint) -> bool:
    leaf, path = tree.leaf_hash(canonical(receipt.entry)), receipt_file.read_path(receipt.inclusion)
    return tree.verify_inclusion(receipt.index, covered.size, leaf, path=path, root=covered.root)


def _release(receipt: Receipt) -> Release:
    try:
        return read_release(receipt.entry)
    except Malformed:
        raise _broken("release") from None


def _is_placed(receipt: UseReceipt | NonUseReceipt, holding: Holding) -> bool:
    pseudonym, pages = bytes.fromhex(receipt.pseudonym), receipt_file.pages_of(receipt)
    try:
        root = from_hex(holding.root, tree.HASH_BYTES)
    except Malformed:
        return False
    shows = participants.verify_use if isinstance(receipt, UseReceipt) else participants.verify_non_use
    return shows(root, holding.count, pseudonym, pages)


def _is_signed(receipt: Receipt, holding: Holding) -> bool:
    try:
        key = VerifyingKey.parse(holding.vkey)
    except Malformed:
        return False
    return key.verify_bytes(from_base64(receipt.sig), receipt_file.signed_bytes(receipt))


def _finding(receipt: Receipt, covered: Checkpoint, release: Release, holding: Holding) -> VerifiedReceipt:
    return VerifiedReceipt(
        kind="use" if isinstance(receipt, UseReceipt) else "non-use",
        release=release.id,
        purpose=release.purpose,
        released=release.at,
        holder=holding.id,
        count=holding.count,
        pseudonym=receipt.pseudonym,
        index=receipt.index,
        size=covered.size,
        issued=receipt.issued,
    )


_STEPS = {
    "checkpoint": Saying(
        en="(4) The checkpoint is not one that this log signed, or a stranger signed beside it.",
        zh="（4）检查点不是该日志签署的，或带有未知签名。",
    ),
    "inclusion": Saying(
        en="(5) The release entry does not stand in the log at the place the receipt names.",
        zh="（5）发布条目不在凭证所称的日志位置。",
    ),
    "release": Saying(
        en="(6) The log entry does not record a release that took place.",
        zh="（6）该日志条目并未记录一次已完成的发布。",
    ),
    "holder": Saying(
        en="(7) The release entry does not name this holder exactly once.",
        zh="（7）发布条目未唯一列明该持有机构。",
    ),
    "participants": Saying(
        en="(8) The proof about the participants does not fit what the holder committed to in the log.",
        zh="（8）参与者证明与该机构在日志中的承诺不符。",
    ),
    "signature": Saying(
        en="(9) The signature is not the holder's, or it signed something else.",
        zh="（9）签名并非该持有机构所签，或所签内容不同。",
    ),
}
_ADVICE = Saying(
    en=" The receipt proves nothing: ask the holder for a new one, and show this one to the auditor.",
    zh="该凭证不具证明力：请向持有机构重新索取，并将此凭证交审计人员核查。",
)


def _broken(step: str) -> Broken:
    said = _STEPS[step]
    return Broken(f"receipt.{step}", said.en + _ADVICE.en, said.zh + _ADVICE.zh)
