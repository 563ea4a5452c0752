"""An assessment: the quality of one snapshot by one version of the checks on a day, kept so that the trend can be told."""

import hashlib
from typing import ClassVar

from dujiang.assess.quality import QualityReport
from dujiang.errors import Malformed
from dujiang.words import Life, Thing

LIFE = Life(kind="assessment", start="assessed", moves=())


class Assessment(Thing, frozen=True, kw_only=True):
    """The report on a zone's snapshot. The flags, which rows were found wrong, lie sealed in the zone under `flags_name`."""

    KIND: ClassVar[str] = "assessment"
    zone: str
    snapshot: str
    report: QualityReport
    made: str = ""

    def __post_init__(self) -> None:
        if self.state not in LIFE.states():
            raise Malformed("assessment.state", "An assessment cannot be in that state.", "质量评估状态无效。")

    def parent(self) -> str:
        return self.zone


def assessment_id(snapshot: str, version: str, as_of: str) -> str:
    """The same snapshot under the same checks on the same day is the same assessment."""
    return "q-" + hashlib.sha256(f"{snapshot}\n{version}\n{as_of}".encode()).hexdigest()[:24]


def flags_name(assessment: str) -> str:
    """Where the flags of an assessment lie in the zone."""
    return f"quality/{assessment}.parquet"
