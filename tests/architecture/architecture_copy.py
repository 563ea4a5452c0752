"""A copy of the source into which tests write deliberate faults, and the linter's verdict on it; the tree itself is never touched."""

import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / ".importlinter"
LINT = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


def places(root: Path = ROOT) -> list[Path]:
    """The folders from which our packages are imported: the source, and each application's own."""
    return [root / "src", *sorted(folder for folder in (root / "apps").iterdir() if folder.is_dir())]


def contracts() -> dict[str, dict[str, str]]:
    """The contracts by their identifier, as the configuration file has them."""
    parser = ConfigParser()
    parser.read(CONFIG)
    mark = "importlinter:contract:"
    return {section.removeprefix(mark): dict(parser[section]) for section in parser.sections() if section.startswith(mark)}


def roots() -> list[str]:
    """The packages the linter reads."""
    parser = ConfigParser()
    parser.read(CONFIG)
    return parser["importlinter"]["root_packages"].split()


def listed(contract: str, option: str) -> list[str]:
    """The values of one option of a contract, a line each."""
    return contracts()[contract][option].strip().split("\n")


class Verdict(NamedTuple):
    """How a run of the linter ended, and all it said."""

    code: int
    text: str

    def broken(self) -> set[str]:
        """The names of the contracts reported as broken."""
        return {found.strip() for found in re.findall(r"^(.+?) BROKEN", self.text, re.MULTILINE)}


def lint(root: Path, *only: str) -> Verdict:
    """The linter's verdict on the tree at `root`, for the contracts named, or for all."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places(root))), "COLUMNS": "400", "NO_COLOR": "1"}
    chosen = [word for name in only for word in ("--contract", name)]
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-logo", "--no-cache", *chosen], cwd=root, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    return Verdict(done.returncode, done.stdout + done.stderr)


class Copy:
    """The Python files of every package, with the project's own contracts, in a folder where they may be spoilt."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for place in places():
            keep = shutil.ignore_patterns("__pycache__", "*.egg-info", "tests")
            shutil.copytree(place, root / place.relative_to(ROOT), ignore=keep)
        shutil.copy(CONFIG, root)

    def write(self, module: str, code: str) -> str:
        """Write code at the end of a module, in a new module `trespass` of a package, or in a module made for it; gives the module's name."""
        spot = self._spot(module)
        if spot.is_dir():
            module, spot = f"{module}.trespass", spot / "trespass"
        file = spot.with_suffix(".py")
        before = file.read_text() if file.exists() else '"""A module made for a test."""\n'
        file.write_text(f"{before}\n{code}\n")
        return module

    def import_into(self, module: str, imported: str) -> str:
        """Let a module import another; gives the line by which the linter tells of it."""
        return f"{self.write(module, f'import {imported}')} -> {imported}"

    def add_package(self, package: str) -> None:
        """A new, empty package."""
        folder = self._spot(package)
        folder.mkdir()
        (folder / "__init__.py").write_text('"""A package made for a test."""\n')

    def _spot(self, module: str) -> Path:
        top, *rest = module.split(".")
        [place] = [place for place in places(self.root) if (place / top).is_dir()]
        return place.joinpath(top, *rest)
