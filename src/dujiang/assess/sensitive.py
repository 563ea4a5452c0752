"""Finds rows with sensitive codes by SQL over `x_codes`; a row without codes is not sensitive by its codes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from dujiang.assess.pack import Pack, SensitiveList, pack
from dujiang.assess.sources import parquet
from dujiang.words import Word
from dujiang.world import Frames

# Systems whose codes are a hierarchy by prefix; the short names may carry a country's suffix (ICD10CM, ICD10CN).
_BY_PREFIX = {"ICD10": "ICD-?10-?[A-Z]*", "ICD9CM": "ICD-?9-?[A-Z]*", "ATC": "ATC"}


class SensitiveRows(Word, frozen=True):
    """How many rows of a table have a code of one sensitive list."""

    list: str
    table: str
    rows: int


def sensitive_predicate(column: str = "x_codes", *, policy: Pack | None = None, only: Iterable[str] = ()) -> str:
    """SQL that is true for a row with a sensitive code and false, never null, for every other.

    `only` narrows it to some lists of the pack.
    """
    wanted = set(only)
    lists = [lst for lst in (policy or pack()).sensitive if not wanted or lst.id in wanted]
    return f"regexp_matches(coalesce({column}, ''), '{_pattern(lists)}', 'i')" if lists else "false"


def count_sensitive(
    frames: Frames, tables: Mapping[str, Sequence[str]], policy: Pack | None = None
) -> tuple[SensitiveRows, ...]:
    """Rows by list and table, for tables with x_codes given as name -> addresses; lists with none are left out.

    Codes repeat: each distinct x_codes is matched once.
    """
    lists = (policy or pack()).sensitive
    asked = ", ".join(
        f"coalesce(sum(held) FILTER (WHERE {sensitive_predicate(policy=policy, only=[lst.id])}), 0)::BIGINT"
        for lst in lists
    )
    found = []
    for table, urls in tables.items():
        row = frames.rows(
            f"SELECT {asked} FROM (SELECT x_codes, count(*) AS held FROM {parquet(urls)} GROUP BY x_codes)"
        )[0]
        found += [
            SensitiveRows(list=lst.id, table=table, rows=n)
            for lst, n in zip(lists, cast(tuple[int, ...], row), strict=True)
            if n
        ]
    return tuple(found)


def _pattern(lists: Sequence[SensitiveList]) -> str:
    """A regular expression over `SYSTEM|code SYSTEM|code …`: whole codes, or codes and everything below them."""
    by_system: dict[str, list[str]] = {}
    for lst in lists:
        for system, codes in lst.codes.items():
            by_system.setdefault(system, []).extend(re.escape(code) for code in codes)
    parts = []
    for system, every in by_system.items():
        name, end = (_BY_PREFIX[system], "") if system in _BY_PREFIX else (re.escape(system), "( |$)")
        parts.append(f"{name}[|]({'|'.join(every)}){end}")
    return f"(^| )({'|'.join(parts)})"
