"""The hash of a table's content: the same rows give the same hash in any order, from any engine, from any delivery.

A row's text: every column but where it came from (`model.PROVENANCE`), in the table's order, as SQL text (a DECIMAL with its
nine decimals, `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS`, `true`), an absent value as nothing, joined by U+001F; then U+001E and the
UTF-8 lengths of the text columns, `-` for an absent one, joined by commas, so that no text can pass for two columns or for
none. A row's digest is the SHA-256 of that text in lower-case hex; the table's hash is the SHA-256, in the same writing, of
all row digests sorted and concatenated.
"""

from typing import cast

from dujiang.standardise.model import PROVENANCE
from dujiang.world import Frames


def table_hash(frames: Frames, table: str) -> str:
    """The content hash of `table`, a name in `frames`; 64 hex digits."""
    columns = cast(list[tuple[str, str]], [row[:2] for row in frames.rows(f"DESCRIBE {table}")])
    return hash_of(frames, f"FROM {table}", [(name, kind) for name, kind in columns if name not in PROVENANCE])


def hash_of(frames: Frames, source: str, columns: list[tuple[str, str]]) -> str:
    """The same over `source` (a FROM clause) and (name, SQL type) pairs."""
    texts = ", ".join(f"coalesce(CAST(\"{name}\" AS VARCHAR), '')" for name, _ in columns)
    lengths = ", ".join(f"coalesce(CAST(strlen(\"{name}\") AS VARCHAR), '-')" for name, kind in columns if kind == "VARCHAR")
    tail = f"concat_ws(',', {lengths})" if lengths else "''"
    row = f"concat_ws(chr(31), {texts}) || chr(30) || {tail}"
    found = frames.rows(
        f"SELECT sha256(coalesce(string_agg(digest, '' ORDER BY digest), '')) FROM (SELECT sha256({row}) AS digest {source})"
    )
    return cast(str, found[0][0])
