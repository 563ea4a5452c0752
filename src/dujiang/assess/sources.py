"""Writes the FROM of a statement over a table that lies in several files; refuses an address that could end its quotes."""

from collections.abc import Sequence

from dujiang.errors import Malformed


def parquet(urls: Sequence[str]) -> str:
    """SQL that reads these Parquet files as one table, columns matched by name."""
    # Of a single file DuckDB then also uses what its footer says.
    return f"read_parquet([{quoted(urls)}]{', union_by_name = true' if len(urls) > 1 else ''})"


def quoted(urls: Sequence[str]) -> str:
    """Addresses as SQL words; Malformed when there is none, or one that could end its quotes."""
    if not urls or any("'" in url for url in urls):
        raise Malformed(
            "assess.address", "A table's files cannot be read by that address.", "无法按该地址读取数据表文件。"
        )
    return ", ".join(f"'{url}'" for url in urls)
