"""What is said of a check: each thing withheld with its rule and why, and every rule that ran; never a number that was withheld."""

from typing import Literal

from dujiang.release.policy import Policy
from dujiang.words import Saying, Word

# A zero is "threshold" like any other small number: a rule of its own would tell that the cell is empty.
RuleName = Literal["threshold", "contributors", "dof", "complementary"]
SENTENCES: dict[RuleName, tuple[str, str]] = {
    "threshold": ("Fewer than {k} persons.", "不足 {k} 人。"),
    "contributors": ("Fewer than {k} persons contributed values.", "提供数值者不足 {k} 人。"),
    "dof": ("Fewer than {dof} degrees of freedom.", "自由度不足 {dof}。"),
    "complementary": (
        "Withheld with it, so that a smaller neighbour cannot be computed from a total.", "一并隐去，以防他人由合计数推算出相邻的小数值。",
    ),
}


class Withheld(Word, frozen=True):
    """One thing withheld: the whole `cell`, all its `figures`, or one figure by name; the rule, and why in both languages."""

    key: tuple[str, ...]
    what: str
    rule: RuleName
    en: str
    zh: str


class RuleRun(Word, frozen=True):
    """A rule that was considered: its parameters, whether it applied (`note` says why not), and how many things it withheld."""

    rule: str
    applied: bool
    parameters: dict[str, int | str]
    withheld: int
    note: Saying


def because(key: tuple[str, ...], what: str, rule: RuleName, policy: Policy) -> Withheld:
    """The record of one thing withheld."""
    en, zh = (s.format(k=policy.threshold, dof=policy.dof) for s in SENTENCES[rule])
    return Withheld(key=key, what=what, rule=rule, en=en, zh=zh)


def runs(policy: Policy, reasons: tuple[Withheld, ...], *, values: bool, spread: bool, sums: bool) -> tuple[RuleRun, ...]:
    """Every rule in the order it ran. `values`, `spread`: whether such statistics were asked; `sums`: whether cells add up at all."""
    k, known = policy.threshold, policy.complementary

    def run(rule: str, applied: bool, note: Saying, **parameters: int | str) -> RuleRun:
        return RuleRun(rule=rule, applied=applied, parameters=parameters, withheld=sum(w.rule == rule for w in reasons), note=note)

    return (
        run("threshold", True, _saying("persons of a cell", "单元格人数"), k=k),
        run("zeros", True, _saying("a zero counts as below the threshold, or not", "零值是否视同低于阈值"), zeros=policy.zeros),
        run("contributors", values, _saying("persons behind a statistic of values", "数值统计背后的人数"), k=k),
        run("dof", spread, _saying("degrees of freedom of a variance", "方差的自由度"), dof=policy.dof),
        run("complementary", sums and known != "none", _saying(
            "no withheld number can be computed from the released ones, the sums taken as known and these rules",
            "由已发布数值、视为已知的合计及本规则均不能推算出被隐去的数值"), known=known),
        run("rounding", policy.rounding is not None, _saying("counts are rounded to a base", "计数取整"), base=policy.rounding or 1),
        *(run(rule, False, _saying(
            "single contributions never leave their holder, so the largest are unknown here",
            "单个数值不出持有机构，此处无从得知最大贡献者",
        )) for rule in ("nk-rule", "p-ratio")),
    )


def _saying(en: str, zh: str) -> Saying:
    return Saying(en=en, zh=zh)
