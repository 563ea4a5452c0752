"""Offline verification: a receipt or a whole log, with nothing but the file and the alliance's public key."""

from pathlib import Path

import click

from dujiang.errors import DujiangError, Malformed
from dujiang.ledger.export import verify_log
from dujiang.ledger.note import VerifyingKey
from dujiang.ledger.receipts import verify_receipt

KEY = click.option("--key", default="", help="The alliance's public key: a file, or the vkey itself; else `alliance.vkey` beside the file. 联盟公钥")
FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))

MOST_KEY = 4096  # bytes of a key's file
MOST_RECEIPT = 16 << 20  # bytes; a receipt of a release of a billion persons is a few kilobytes


@click.group()
def verify() -> None:
    """Check proofs offline. 离线验证"""


def alliance_key(given: str, near: Path) -> VerifyingKey:
    """The key named, or `alliance.vkey` in the file's folder or one above it; which one was used is always said."""
    beside = [folder / "alliance.vkey" for folder in near.resolve().parents]
    found = next((p for p in beside if p.is_file()), None) if not given else None
    if not given and found is None:
        raise Malformed("verify.key", "Name the alliance's public key with --key.", "请用 --key 指定联盟公钥。")
    text = text_of(found) if found else given if is_key(given) else text_of(Path(given))
    key = VerifyingKey.parse(text.strip())
    click.echo(f"key 公钥: {text.strip()}" + (f"  ({found})" if found else ""))
    return key


def is_key(text: str) -> bool:
    """Whether the text is itself a key, which has two plus signs or more, and not the name of a file."""
    try:
        VerifyingKey.parse(text.strip())
    except DujiangError:
        return False
    return True


def text_of(file: Path) -> str:
    try:
        with file.open("rb") as open_:
            return open_.read(MOST_KEY).decode()
    except (OSError, ValueError):
        raise Malformed("verify.key", "--key is neither a public key nor a file that holds one.", "--key 既不是公钥，也不是包含公钥的文件。") from None


@verify.command("receipt")
@FILE
@KEY
def receipt(file: Path, key: str) -> None:
    """Check a receipt of use or non-use. 验证使用或未使用凭证"""
    with file.open("rb") as open_:
        data = open_.read(MOST_RECEIPT + 1)
    if len(data) > MOST_RECEIPT:
        raise Malformed("receipt.size", "The file is too large to be a receipt.", "文件过大，不可能是凭证。")
    seen = verify_receipt(data, alliance_key(key, file))
    click.echo(f"valid 有效: {seen.says.en}\n{seen.says.zh}")


def check_receipt(file: Path, key: str) -> str:
    """The kind of a receipt that verifies; the error of the step that does not hold otherwise."""
    return verify_receipt(file.read_bytes(), VerifyingKey.parse(key.strip())).kind


@verify.command("log")
@FILE
@KEY
def log(file: Path, key: str) -> None:
    """Check an exported log from the first entry to the last. 验证导出的完整日志"""
    with file.open("rb") as lines:
        seen = verify_log(lines, alliance_key(key, file))
    click.echo(f"valid 有效: {seen.says.en}\n{seen.says.zh}")
