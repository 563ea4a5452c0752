"""The page docs/views.md, made from the functions the compiler has and from the verdicts of FHIRPath's own tests.

`python -m standardise.standardise_views_page` (with `src` and `tests` on the path) writes it anew; it needs the shared data.
"""

from collections import Counter
from pathlib import Path

from dujiang.standardise.views import boundaries, conversions, fhir, gathering, numbers, refusals, strings, syntax, tokens
from dujiang.standardise.views import view as views
from dujiang.standardise.views.functions import Function
from shared_data import ROOT
from standardise.standardise_views_fhirpath import DIFFERENCES, Verdict, groups, judged

PAGE = ROOT / "docs" / "views.md"
HEAD = Path(__file__).with_suffix(".md")
LIMITS = {
    "depth": refusals.REPEAT_DEPTH, "rows": refusals.REPEAT_ROWS, "columns": views.MOST_COLUMNS, "selects": views.DEEPEST, "brackets": syntax.DEEPEST,
    "characters": tokens.MOST,
}
MODULES = (gathering, strings, numbers, conversions, boundaries, fhir)


def page() -> str:
    """The whole page."""
    return HEAD.read_text(encoding="utf-8").format_map(LIMITS) + "\n".join(functions()) + "\n\n" + "\n".join(verdicts()) + "\n"


def functions() -> list[str]:
    return [row(name, function) for module in MODULES for name, function in module.FUNCTIONS.items()]


def row(name: str, function: Function) -> str:
    count = str(function.least) if function.least == function.most else f"{function.least}–{function.most}"
    return f"| `{name}` | {count} | {function.says} |"


def verdicts() -> list[str]:
    """The groups of FHIRPath's tests, and what differs."""
    found = judged()
    total = Counter(one.verdict for one in found)
    lines = [
        "## FHIRPath's own tests (R4)", "",
        f"{total[Verdict.PASSED]} of {len(found)} pass; {total[Verdict.REFUSED]} are refused as outside the subset, before any record is read; "
        f"{total[Verdict.NO_INPUT]} need an example that is not at hand; {total[Verdict.OTHER]} have another answer, for the reasons below.", "",
        "| group | tests | pass | refused | other answer | no input |", "|---|---|---|---|---|---|",
    ]
    for group in groups():
        these = Counter(one.verdict for one in found if one.group == group)
        counts = (str(these[v] or "") for v in (Verdict.PASSED, Verdict.REFUSED, Verdict.OTHER, Verdict.NO_INPUT))
        lines.append(f"| {group} | {sum(these.values())} | {' | '.join(counts)} |")
    lines += ["", "| other answer | why |", "|---|---|"]
    return lines + [f"| `{path.replace('|', chr(92) + '|')}` | {why} |" for path, why in DIFFERENCES.items()]


def main(target: Path = PAGE) -> None:
    target.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
