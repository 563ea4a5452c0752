"""Writes the FROM of a statement over a table that lies in several files; refuses an address that could end its quotes."""

from collections.abc import Sequence

from dujiang.errors import Malformed


def parquet(urls: Sequence[str]) -> str:
    """SQL that reads these Parquet files as one table, columns matched by name."""
    if not urls or any("'" in url for url in urls):
        raise Malformed(
            "assess.address", "A table's files cannot be read by that address.", "无法按该地址读取数据表文件。"
        )
    quoted = ", ".join(f"'{url}'" for url in urls)
    return f"read_parquet([{quoted}], union_by_name = true)"
