"""HMAC-SHA-256 (RFC 2104) as SQL, so that pseudonyms and date shifts of millions of rows are made where the rows are; the key is only ever a parameter."""

from dujiang.identify.pseudonyms import derived
from dujiang.world import Frames

_DOMAIN = b"dujiang/deid/v1\x00"
_BLOCK = 64


def load_key(frames: Frames, secret: bytes, project: str) -> None:
    """Puts the project's own key beside the tables; it lives as long as these frames. Another project's key cannot be told from it."""
    key = derived(secret, _DOMAIN + project.encode()).ljust(_BLOCK, b"\x00")
    frames.run(
        "CREATE OR REPLACE TABLE deid_key AS SELECT $inner::BLOB AS inner_pad, $outer::BLOB AS outer_pad",
        {"inner": bytes(b ^ 0x36 for b in key), "outer": bytes(b ^ 0x5C for b in key)},
    )


def forget_key(frames: Frames) -> None:
    frames.run("DROP TABLE IF EXISTS deid_key")


def keyed(text: str) -> str:
    """SQL for the 64 hex digits of a VARCHAR expression's HMAC under the loaded key; absent stays absent."""
    return (
        f"sha256((SELECT outer_pad FROM deid_key) || unhex(sha256((SELECT inner_pad FROM deid_key) || encode({text}))))"
    )


def pseudonym(column: str, of: str, kind: str) -> str:
    """SQL for a column's pseudonym: 32 hex digits, or for a column of whole numbers one of 60 bits."""
    made = keyed(f"'{of}|' || CAST({column} AS VARCHAR)")
    return f"CAST('0x' || left({made}, 15) AS BIGINT)" if "INT" in kind else f"left({made}, 32)"


def shift(column: str, days: int) -> str:
    """SQL for the whole days, never none, by which everything of a person (`column` tells which) moves: within `days` either way."""
    digits = keyed(f"'shift|' || CAST({column} AS VARCHAR)")
    number = f"CAST('0x' || left({digits}, 15) AS BIGINT)"
    return f"(1 + {number} % {days}) * CASE WHEN ({number} // {days}) % 2 = 0 THEN 1 ELSE -1 END"
