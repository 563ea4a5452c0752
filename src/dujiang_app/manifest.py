"""What an app says of itself: its name, why, for what purpose, by which acts, on which columns, up to which grade."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

GRADES = range(1, 6)


@dataclass(frozen=True)
class Manifest:
    """`manifest.json` of an app. Columns are `table.column` of OMOP CDM 5.4; purposes are DUO codes or the alliance's own."""

    name: str
    version: str
    why: str
    purpose: str
    acts: tuple[str, ...]
    ceiling: int
    columns: tuple[str, ...]
    methods: tuple[str, ...]
    runs: int = 100
    until: str = "9999-12-31"

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or not self.name.islower():
            raise ValueError("an app's name is one lower-case word")
        if self.ceiling not in GRADES:
            raise ValueError("a grade ceiling is 1 to 5")
        for field in ("why", "purpose", "acts", "columns", "methods"):
            if not getattr(self, field):
                raise ValueError(f"a manifest names its {field}")

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """The manifest in a JSON file; TypeError for an unknown or missing field, ValueError for a bad one."""
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in said.items()}
        return cls(**given)

    def as_json(self) -> dict[str, Any]:
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
