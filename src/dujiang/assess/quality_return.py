"""Returns what was found to the source in its own words: kinds of record, files and lines it knows; no value, no word of ours alone."""

from collections.abc import Sequence
from itertools import groupby

from dujiang.assess.checks import FIXERS, Check, catalogue
from dujiang.assess.quality_flags import Flag
from dujiang.assess.quality_parts import Part
from dujiang.assess.quality_score import exceeds
from dujiang.collect.contract import REMEDIES, Breach
from dujiang.words import Saying, Word


class Finding(Word, frozen=True):
    """What one check found in one source's records: how many, how bad, who can put it right and how, and where to look."""

    check: str
    says: Saying
    todo: Saying
    fixer: str
    violated: int
    of: int
    failed: bool
    kinds: tuple[str, ...]  # what the source calls these records
    examples: tuple[Flag, ...]


def findings(part: Part, flags: Sequence[Flag]) -> tuple[Finding, ...]:
    """Everything found in one source, what failed first and the larger share before the smaller."""
    known = catalogue()
    found = [_finding(known[name], pair, [f for f in flags if f.check == name]) for name, pair in part.found.items() if name in known]
    return tuple(sorted(found, key=lambda f: (not f.failed, -f.violated / f.of, f.check)))


def _finding(check: Check, pair: tuple[int, int], flags: Sequence[Flag]) -> Finding:
    kinds = tuple(sorted({flag.kind for flag in flags if flag.kind}))
    return Finding(
        check=check.id, says=check.says, todo=check.todo, fixer=check.fixer, violated=pair[0], of=pair[1],
        failed=exceeds(*pair, check.threshold), kinds=kinds, examples=tuple(flags),
    )


def letter(source: str, part: Part | None, flags: Sequence[Flag], *, breaches: Sequence[Breach] = ()) -> Saying:
    """The findings as a letter to the source in both languages, Markdown: deliveries first, then grouped by who can put them right.

    Without a part nothing of the source was checked.
    """
    return Saying(en=_letter(source, part, (flags, breaches), "en"), zh=_letter(source, part, (flags, breaches), "zh"))


_WORDS = {
    "en": {
        "title": "# Data quality of {source}", "score": "{rows} rows were checked; the score is {score} of 100.", "nothing": "Nothing was found.",
        "deliveries": "## Deliveries that break what was agreed", "rejected": "not used", "used": "used but for this", "unchecked": "Nothing could be checked.",
        "breach": "**{arrival}**, {what}: {says} What to do: {todo}", "file": "- file {file}",
        "fixer": "## To be put right by {fixer}", "share": "{violated} of {of} ({share} %)", "over": "over the limit", "within": "within the limit",
        "kinds": "Records: {kinds}.", "todo": "What to do: {todo}", "place": "- file {file}, line {line}", "first": "For example:",
    },
    "zh": {
        "title": "# {source} 数据质量反馈", "score": "共检查 {rows} 行，得分 {score}（满分 100）。", "nothing": "未发现问题。",
        "deliveries": "## 不符合交付约定的批次", "rejected": "整批未采用", "used": "其余内容已采用", "unchecked": "没有可供检查的数据。",
        "breach": "**{arrival}**（{what}）：{says}处理办法：{todo}", "file": "- 文件 {file}",
        "fixer": "## 由{fixer}整改", "share": "{of} 条中有 {violated} 条（{share}%）", "over": "超出限值", "within": "未超限值",
        "kinds": "涉及记录：{kinds}。", "todo": "处理办法：{todo}", "place": "- 文件 {file}，第 {line} 行", "first": "示例：",
    },
}


def _letter(source: str, part: Part | None, found: tuple[Sequence[Flag], Sequence[Breach]], lang: str) -> str:
    words, (flags, breaches) = _WORDS[lang], found
    all_ = findings(part, flags) if part else ()
    lines = [words["title"].format(source=source), *_deliveries(breaches, words, lang)]
    lines += ["", words["score"].format(rows=part.rows, score=part.score) if part else words["unchecked"]]
    if not all_ and part:
        lines += ["", words["nothing"]]
    order = list(FIXERS)
    for fixer, some in groupby(sorted(all_, key=lambda f: order.index(f.fixer)), key=lambda f: f.fixer):
        lines += ["", words["fixer"].format(fixer=FIXERS[fixer].in_(lang))]
        for finding in some:
            lines += ["", *_lines(finding, words, lang)]
    return "\n".join(lines) + "\n"


def _deliveries(breaches: Sequence[Breach], words: dict[str, str], lang: str) -> list[str]:
    """Deliveries that break the file contract, and what to do about each."""
    lines = ["", words["deliveries"]] if breaches else []
    for breach in breaches:
        what = words["rejected" if breach.rejects else "used"]
        lines += ["", words["breach"].format(arrival=breach.arrival, what=what, says=breach.says.in_(lang), todo=REMEDIES[breach.rule].in_(lang))]
        lines += [words["file"].format(file=breach.file)] if breach.file else []
    return lines


def _lines(finding: Finding, words: dict[str, str], lang: str) -> list[str]:
    share = f"{100 * finding.violated / finding.of:.1f}"
    over = words["over"] if finding.failed else words["within"]
    counted = words["share"].format(violated=finding.violated, of=finding.of, share=share)
    stop = "。" if lang == "zh" else "."
    lines = [f"**{finding.says.in_(lang)}** {counted}, {over}{stop}" if lang == "en" else f"**{finding.says.zh}** {counted}，{over}{stop}"]
    if finding.kinds:
        lines.append(words["kinds"].format(kinds=", ".join(finding.kinds)))
    lines.append(words["todo"].format(todo=finding.todo.in_(lang)))
    placed = [flag for flag in finding.examples if flag.file is not None and flag.line is not None]
    if placed:
        lines += [words["first"], *(words["place"].format(file=flag.file, line=flag.line) for flag in placed)]
    return lines
