"""An asset and its versions: drafted from snapshots, assessed, graded, registered under a content hash, published, ended."""

from collections.abc import Sequence
from typing import Any, ClassVar

from dujiang.assess.quality import QualityReport
from dujiang.errors import Refused
from dujiang.words import Grade, Life, Move, Saying, Thing, Word

ASSET_ZONE = "zone-assets"
LIFE = Life(
    kind="asset",
    start="draft",
    moves=(
        Move(verb="assess", frm=("draft", "assessed"), to=("draft", "assessed")),
        Move(verb="assessed", frm=("draft", "assessed"), to=("assessed",)),
        Move(verb="grade", frm=("assessed",), to=("graded",)),
        Move(verb="register", frm=("graded",), to=("graded",)),
        Move(verb="registered", frm=("graded",), to=("registered",)),
        Move(verb="publish", frm=("registered",), to=("published",)),
        Move(verb="retire", frm=("registered", "published"), to=("retired",)),
        Move(verb="destroy", frm=("retired",), to=("destroyed",)),
    ),
)


class AssetTable(Word, frozen=True):
    """One table of a registered version: the sealed file and the hash of its rows."""

    name: str
    file: str
    rows: int
    hash: str
    columns: tuple[str, ...]


class Asset(Thing, frozen=True):
    """One asset version. From `registered` on, nothing of its content ever changes: a change is a new version."""

    KIND: ClassVar[str] = "asset"
    name: Saying
    snapshots: tuple[str, ...]
    index: str
    persons: int = 0
    quality: QualityReport | None = None
    proposed: Grade | None = None
    reasons: tuple[str, ...] = ()
    grade: Grade | None = None
    left_out: int = 0  # rows with sensitive codes, kept out below grade 5
    tables: tuple[AssetTable, ...] = ()
    content: str = ""

    def columns(self) -> tuple[str, ...]:
        """`table.column` of everything a permit can name."""
        return tuple(f"{t.name}.{c}" for t in self.tables for c in t.columns)


def confirm_grade(asset: Asset, grade: Grade) -> Asset:
    """The steward's word; a grade goes up freely and down only by a recorded transform."""
    if asset.proposed is None or grade < asset.proposed:
        raise Refused(
            "asset.grade_down",
            "The assessment proposes a higher grade. A grade goes down only by a recorded transform of the data.",
            "评估建议的级别更高。降级须有记录在案的数据处理。",
        )
    return asset.with_(grade=grade, state="graded")


def asset_select(columns: Sequence[str], urls: Sequence[str], *, without: str = "") -> str:
    """SELECT of a table's released columns over all zones, rows matching `without` left out."""
    files = ", ".join(f"'{u}'" for u in urls)
    where = f" WHERE NOT ({without})" if without else ""
    return f"SELECT {', '.join(columns)} FROM read_parquet([{files}], union_by_name = true){where}"


def summary(asset: Asset) -> dict[str, Any]:
    """What a list shows."""
    return {
        "id": asset.id, "state": asset.state, "name": asset.name, "persons": asset.persons, "grade": asset.grade or asset.proposed,
        "quality": asset.quality.score if asset.quality else None, "rows": {t.name: t.rows for t in asset.tables},
        "content": asset.content,
    }
