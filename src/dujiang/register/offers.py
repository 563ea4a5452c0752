"""An asset version as the catalogue shows it: counts, grades, quality and hashes; nothing of a person's."""

from typing import ClassVar

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

    def parent(self) -> str:
        return self.holder
