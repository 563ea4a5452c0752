"""An asset and its versions: drafted from snapshots, assessed, graded, registered under a content hash, published, ended."""

from collections.abc import Iterable
from typing import Any, ClassVar

from dujiang.assess.quality import QualityReport
from dujiang.assess.quality_verdict import SignOff, Verdict, verdict
from dujiang.assess.quality_views import Scorecard, scorecard
from dujiang.collect.arrivals import Arrival
from dujiang.errors import Refused
from dujiang.words import Grade, Life, Move, Saying, Thing, Word

ASSET_ZONE = "zone-assets"
LIFE = Life(
    kind="asset",
    start="draft",
    moves=(
        Move(verb="assess", frm=("draft", "assessed"), to=("draft", "assessed")),
        Move(verb="assessed", frm=("draft", "assessed"), to=("assessed",)),
        Move(verb="sign_off", frm=("assessed", "graded", "registered"), to=("assessed", "graded", "registered")),
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
    set_aside: int = 0  # rows that are fatally wrong, and rows of persons that are
    signed: tuple[SignOff, ...] = ()  # who answers for broken conventions, of this assessment
    tables: tuple[AssetTable, ...] = ()
    content: str = ""

    def columns(self) -> tuple[str, ...]:
        """`table.column` of everything a permit can name."""
        return tuple(f"{t.name}.{c}" for t in self.tables for c in t.columns)

    def verdict(self, arrivals: Iterable[Arrival] = ()) -> Verdict | None:
        """What follows from its quality and the arrivals it is made from, after what was signed; None before it is assessed."""
        return verdict(self.quality, arrivals=arrivals, signed=self.signed) if self.quality else None

    def scorecard(self) -> Scorecard | None:
        """Its quality as the catalogue shows it; None before it is assessed."""
        found = self.verdict()
        return scorecard(self.quality, signed=len(found.signed), set_aside=self.set_aside) if self.quality and found else None


def confirm_grade(asset: Asset, grade: Grade) -> Asset:
    """The steward's word; a grade goes up freely and down only by a recorded transform."""
    if asset.proposed is None or grade < asset.proposed:
        raise Refused(
            "asset.grade_down",
            "The assessment proposes a higher grade. A grade goes down only by a recorded transform of the data.",
            "评估建议的级别更高。降级须有记录在案的数据处理。",
        )
    return asset.with_(grade=grade, state="graded")


def summary(asset: Asset) -> dict[str, Any]:
    """What a list shows."""
    found = asset.verdict()
    return {
        "id": asset.id, "state": asset.state, "name": asset.name, "persons": asset.persons, "grade": asset.grade or asset.proposed,
        "quality": asset.quality.score if asset.quality else None, "rows": {t.name: t.rows for t in asset.tables},
        "content": asset.content, "left_out": asset.left_out, "set_aside": asset.set_aside, "to_sign": list(found.to_sign) if found else [],
        "signed": asset.signed, "scorecard": asset.scorecard(),
    }
