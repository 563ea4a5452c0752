"""The house numbers hold in every file, and every rule is shown one file that breaks it and one that does not."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from architecture import architecture_rules as rules
from architecture.architecture_copy import ROOT, listed

CODE = sorted(file for place in ("src", "apps") for file in (ROOT / place).rglob("*.py"))
SHOWN = sorted(file for place in ("src", "apps") for ending in ("html", "css", "sql") for file in (ROOT / place).rglob(f"*.{ending}"))
EVERYWHERE = [*CODE, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]
# The one module that names modules by text, so that a command loads only what it runs; a test below says which it may name.
BY_NAME = ROOT / "src/dujiang/doors/cli.py"

MANY = ", ".join("abcde")
BREAKS: list[tuple[rules.Rule, str, str]] = [
    (rules.long_file, "x = 1\n" * 401, "x = 1\n\n" * 400),
    (rules.long_function, "def f():\n" + "    x = 1\n" * 50, "def f():\n" + "    x = 1\n" * 49),
    (rules.many_positional, f"def f({MANY}): ...", "class C:\n    def f(self, a, b, c, d, *, e): ..."),
    (rules.inner_import, "def f():\n    import dujiang.words", "import dujiang.words\ndef f():\n    import json"),
    (rules.inner_import, "def f():\n    from . import words", "from . import words"),
    (rules.no_promise, "import json", '"""It keeps its promise."""'),
    (rules.no_promise, '"""acts"""', '"""It keeps its promise.\n\nAnd a table\n"""'),
    (rules.types_only_import, "if TYPE_CHECKING:\n    import json", "if checking:\n    import_all()"),
    (rules.dynamic_import, "importlib.import_module('dujiang.gate')", "importlib.resources.files('dujiang')"),
    (rules.empty_name, "class TaskManager: ...", "class Basement: ..."),
    (rules.unfinished, "x = 1  # " + "TODO later", "todos = 1"),
    (rules.own_input_or_output, "from pathlib import Path", "from datetime import date"),
    (rules.own_input_or_output, "with open('x') as f: ...", "with file.open() as f: ..."),
    (rules.own_input_or_output, "datetime.now(UTC)", "clock.now()"),
]


def faults(rule: rules.Rule, files: list[Path]) -> list[str]:
    """Every fault of the files under the rule, with the file before it."""
    assert files, "no file to look at"
    return [f"{file.relative_to(ROOT)}: {fault}" for file in files for fault in rule(file.read_text())]


@pytest.mark.parametrize(("rule", "broken", "kept"), BREAKS)
def test_a_rule_finds_the_file_that_breaks_it_and_leaves_the_other(rule: rules.Rule, broken: str, kept: str) -> None:
    assert list(rule(broken))
    assert list(rule(kept)) == []


def test_every_rule_is_shown_to_work() -> None:
    written = {name for name, one in vars(rules).items() if getattr(one, "__annotations__", {}) == rules.long_file.__annotations__}
    assert written == {rule.__name__ for rule, _, _ in BREAKS}


def test_no_file_is_over_400_lines() -> None:
    assert faults(rules.long_file, [*CODE, *SHOWN]) == []


@pytest.mark.parametrize(
    "rule",
    [rules.long_function, rules.many_positional, rules.inner_import, rules.types_only_import, rules.empty_name, rules.unfinished],
    ids=lambda rule: rule.__name__,
)
def test_the_code_keeps_the_rule(rule: rules.Rule) -> None:
    assert faults(rule, CODE) == []


def test_every_module_begins_with_its_promise() -> None:
    assert faults(rules.no_promise, [file for file in EVERYWHERE if file.read_text().strip()]) == []
    assert [str(file.relative_to(ROOT)) for file in CODE if not file.read_text().strip()] == []


def test_only_the_command_line_names_modules_by_text() -> None:
    assert faults(rules.dynamic_import, [file for file in CODE if file != BY_NAME]) == []


def test_the_command_line_names_only_doors() -> None:
    named = re.findall(r'"(dujiang[\w.]*):\w+"', BY_NAME.read_text())
    assert named
    assert [name for name in named if not name.startswith("dujiang.doors.")] == []


def test_a_stage_opens_nothing_and_reads_no_clock_and_throws_no_dice_itself() -> None:
    stages = [ROOT.joinpath("src", *name.split(".")) for name in listed("pure", "source_modules")]
    files = [file for file in CODE if any(stage in file.parents or stage.with_suffix(".py") == file for stage in stages)]
    assert faults(rules.own_input_or_output, files) == []


def kept_in_git() -> list[Path]:
    """The files that are or would be committed, as git sees them."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this tree is no git repository, so what would be committed is not known")
    told = subprocess.run([git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in told.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_registry_or_a_path_of_a_machine() -> None:
    # Written in pieces, for this file is among those that are read.
    hosts = ["py" + "pi.org", "python" + "hosted", "npm" + "js.", "deb." + "debian.org", "crates" + ".io"]
    paths = [f"(?<![\\w.~}}])/{name}/" for name in ("wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers")]
    bad = re.compile("|".join([*map(re.escape, hosts), *paths]))
    assert bad.search("/" + "ro" + "ot/x") and not bad.search("a/" + "wo" + "rk/b")
    found = [f"{file.relative_to(ROOT)}:{n}" for file in kept_in_git() for n, line in enumerate(text_of(file).splitlines(), 1) if bad.search(line)]
    assert found == []


def text_of(file: Path) -> str:
    """The text of a file; nothing of a file that is not text."""
    try:
        return file.read_text()
    except UnicodeDecodeError:
        return ""
