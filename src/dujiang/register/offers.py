"""An asset version as the catalogue shows it: counts, grades, quality and hashes; nothing of a person's."""

from typing import ClassVar

from dujiang.assess.quality_views import Scorecard
from dujiang.words import Grade, Saying, Thing


class Offer(Thing, frozen=True):
    """What a holder published. The id is the asset version's; the hub keeps it, the data stays with the holder."""

    KIND: ClassVar[str] = "offer"
    holder: str
    name: Saying
    content: str
    grade: Grade
    persons: int
    rows: dict[str, int]
    columns: tuple[str, ...]
    quality: int
    right: str
    scorecard: Scorecard | None = None  # scores and numbers of checks, nothing of a source, a department or a row

    def parent(self) -> str:
        return self.holder
