"""Links the rows of a table of any shape by the kinds of its columns: the same engine as for persons, for registries that are not ours."""

from collections.abc import Mapping

from dujiang.identify.blocking import BUDGET, keys_sql
from dujiang.identify.comparisons import linkage_of
from dujiang.identify.linkage import Linkage
from dujiang.identify.linking import Linked, link
from dujiang.world import Frames

# How a column of a kind is brought into the form in which it is compared.
_CLEAN = {
    "date": "regexp_replace({0}, '[^0-9]', '', 'g')",
    "number": "lower(regexp_replace({0}, '[^0-9A-Za-z]', '', 'g'))",
    "email": "lower(trim({0}))",
}
_WORDS = "lower(strip_accents(regexp_replace(trim({0}), '\\s+', ' ', 'g')))"


def link_table(frames: Frames, table: str, kinds: Mapping[str, str], *, order: str, linkage: Linkage | None = None, budget: int = BUDGET) -> Linked:
    """Who is who among the rows of `table`. Its row number n, in order of the column `order`, stands in `x_rows` (n, value of `order`).

    `kinds` gives the columns to compare and what they are (`comparisons.KINDS` or `name`), `linkage` other settings than the default ones.
    ValueError for an unknown kind.
    """
    settings = linkage or linkage_of(kinds)
    columns = ", ".join(f"{_clean(column, kind)} AS {column}" for column, kind in kinds.items())
    frames.run(f'CREATE OR REPLACE TABLE x_traits AS SELECT row_number() OVER (ORDER BY "{order}")::BIGINT AS n, "{order}" AS row_key, {columns} FROM {table}')
    frames.run("CREATE OR REPLACE VIEW x_rows AS SELECT n, row_key FROM x_traits")
    frames.run(f"CREATE OR REPLACE TABLE x_keys AS {keys_sql(settings.rules, 'x_traits', 'n')}")
    records = frames.rows("SELECT count(*) FROM x_traits")[0][0]
    assert isinstance(records, int)
    return link(frames, settings, records, budget=budget)


def _clean(column: str, kind: str) -> str:
    return f"nullif({_CLEAN.get(kind, _WORDS).format(f'CAST({_quoted(column)} AS VARCHAR)')}, '')"


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
