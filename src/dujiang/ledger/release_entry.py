"""What a release entry says: which release, for what purpose, and each holder's commitment to its participants.

The entry is `on` `release:<id>`, goes `to` `released`, and has `purpose` and `holders` among its `facts`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from dujiang.errors import Malformed
from dujiang.words import Word

ON_RELEASE = "release:"
RELEASED = "released"


class Holding(Word, frozen=True):
    """One holder in `facts.holders`: its verification key, and the hex root and the count of its participants' tree."""

    id: str
    vkey: str
    root: str
    count: int


class Release(Word, frozen=True):
    """A release that took place. `at` is the entry's time."""

    id: str
    purpose: str
    at: str
    holders: tuple[Holding, ...]

    def holding(self, holder: str) -> Holding | None:
        """The holder's commitment; None unless it is named exactly once, so that none can answer from a second tree."""
        found = [holding for holding in self.holders if holding.id == holder]
        return found[0] if len(found) == 1 else None


class LoggedRelease(Word, frozen=True):
    """A release entry in its place: canonical body, index, audit path, and a signed checkpoint that covers it."""

    body: bytes
    index: int
    inclusion: tuple[bytes, ...]
    checkpoint: str


def read_release(entry: Mapping[str, Any]) -> Release:
    """The release of an entry; Malformed when the entry is about anything else or was a refusal."""
    try:
        on, facts = entry["on"], entry["facts"]
        if on.startswith(ON_RELEASE) and entry["to"] == RELEASED:
            id = on.removeprefix(ON_RELEASE)
            said = {"id": id, "at": entry["at"], "purpose": facts["purpose"], "holders": facts["holders"]}
            return msgspec.convert(said, Release)
    except (KeyError, TypeError, AttributeError, msgspec.ValidationError):
        pass
    raise Malformed(
        "release.entry", "This log entry does not record a release with its purpose and its holders' participants.",
        "该日志条目未记录含用途及各机构参与者承诺的发布。",
    )
