"""What the project takes from others is declared, locked with hashes and no address, and argued for in a decision record."""

import ast
import re
import sys
import tomllib

import pytest

from architecture.architecture_copy import ROOT, roots
from architecture.architecture_rules import imported

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("requirements.lock", "requirements-dev.lock")
# Where the name to import is not the name to install.
INSTALLED_AS = {"yaml": "pyyaml", "paho": "paho-mqtt", "python_calamine": "python-calamine"}


def name(requirement: str) -> str:
    """The package a requirement is of, as registries spell it."""
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def locked(file: str) -> dict[str, str]:
    """The version of each package in a lock."""
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ;]+)", (ROOT / file).read_text(), re.MULTILINE))


DECLARED = {name(requirement) for requirement in PROJECT["project"]["dependencies"]}
DEVELOPMENT = {name(requirement) for requirement in PROJECT["dependency-groups"]["dev"]}


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_has_a_hash_for_every_package_and_no_address(file: str) -> None:
    text = (ROOT / file).read_text()
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) == len(locked(file)) > 0
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_hold_all_that_is_declared_and_agree_with_each_other() -> None:
    run, dev = locked(LOCKS[0]), locked(LOCKS[1])
    assert DECLARED - set(run) == set()
    assert DEVELOPMENT - set(dev) == set()
    assert {package: version for package, version in run.items() if dev.get(package) != version} == {}


def test_nothing_is_imported_that_is_not_declared() -> None:
    files = [file for place in ("src", "apps/*/*") for file in ROOT.glob(f"{place}/**/*.py") if "tests" not in file.parts]
    names = {module.split(".")[0] for file in files for node in ast.walk(ast.parse(file.read_text())) for module in imported(node)}
    foreign = names - set(sys.stdlib_module_names) - set(roots())
    assert foreign
    assert {INSTALLED_AS.get(module, module) for module in foreign} - DECLARED == set()


def test_every_dependency_at_run_time_is_argued_for_in_the_decision_record() -> None:
    record = (ROOT / "docs/decisions/0001-dependencies.md").read_text().lower()
    words = set(re.findall(r"[a-z0-9][a-z0-9.-]*", record))
    assert sorted(package for package in DECLARED if package.split("[")[0] not in words) == []


def test_the_version_is_the_same_wherever_it_stands() -> None:
    said = re.search(r'^__version__ = "(.+)"$', (ROOT / "src/dujiang/__init__.py").read_text(), re.MULTILINE)
    assert said and said[1] == PROJECT["project"]["version"]


def test_every_decision_stands_in_the_index() -> None:
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text()
    assert [file.name for file in folder.glob("[0-9]*.md") if f"({file.name})" not in index] == []
