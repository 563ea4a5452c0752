"""The nearest variant of a table that would withhold less, and the refusal of a table that has nothing left, which names it."""

from dujiang.errors import Refused
from dujiang.release.disclosure import Checked, check
from dujiang.release.policy import Policy
from dujiang.release.tables import Dimension, Table, merged
from dujiang.words import Saying

MOST_CELLS = 60  # a larger table is not tried in every variant
WIDER = Saying(en="Ask for fewer or wider groups.", zh="请减少分组或放宽分组区间。")


def disclose(table: Table, policy: Policy) -> Checked:
    """The checked table; errors.Refused with the nearest variant when nothing of it can be released."""
    checked = check(table, policy)
    if checked.nothing_left():
        hint = nearest_variant(table, policy) or WIDER
        raise Refused(
            "disclosure.nothing_left",
            "Nothing can be released: every cell has fewer than {k} persons or protects one that has. {hint}",
            "无可发布内容：各单元格不足 {k} 人，或须为保护此类单元格而一并隐去。{hint_zh}",
            k=policy.threshold, hint=hint.en, hint_zh=hint.zh,
        )
    return checked


def nearest_variant(table: Table, policy: Policy) -> Saying | None:
    """The one merge of neighbouring values that leaves the fewest cells withheld, then the fewest figures, then the most cells.

    None when no single merge withholds less than the table as it is, or the table is too large to try them all.
    """
    if len(table.cells) > MOST_CELLS:
        return None
    now = _loss(table, policy)
    places = [(d, first) for d in table.adding() for first in range(len(table.dimensions[d].values) - 1)]
    tried = [(_loss(variant := merged(table, d, first), policy), -len(variant.cells), d, first) for d, first in places]
    (nothing_left, cells, figures), _, dimension, first = min(tried, default=(now, 0, 0, 0))
    if nothing_left or (nothing_left, cells, figures) >= now:
        return None
    return _saying(table.dimensions[dimension], first, cells + figures)


def _loss(table: Table, policy: Policy) -> tuple[bool, int, int]:
    """Whether nothing is left; how many whole cells are withheld; how many others lose figures."""
    checked = check(table, policy)
    whole = sum(c.persons is None for c in checked.cells)
    return checked.nothing_left(), whole, len({w.key for w in checked.withheld}) - whole


def _saying(dimension: Dimension, first: int, left: int) -> Saying:
    after = Saying(en="Then nothing is withheld.", zh="此后无须隐去任何内容。")
    if left:
        after = Saying(en=f"Cells that then still lose something: {left}.", zh=f"此后仍有 {left} 个单元格须部分或全部隐去。")
    if len(dimension.values) == 2:
        return Saying(en=f"Leave out the grouping by {dimension.name}. {after.en}", zh=f"取消按 {dimension.name} 分组。{after.zh}")
    one, two = dimension.values[first : first + 2]
    return Saying(en=f"Merge {one} and {two} of {dimension.name}. {after.en}", zh=f"将 {dimension.name} 的 {one} 与 {two} 合并。{after.zh}")
