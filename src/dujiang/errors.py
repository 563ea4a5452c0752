"""The error tree: every refusal has a stable rule, a sentence in both languages and facts that are safe to show.

A fact is a rule parameter, a place (file, line, column name) or a count; never a record's value, a name or an identity number.
"""

from typing import ClassVar


class DujiangError(Exception):
    """Anything Dujiang says no to; `rule` is stable and may be tested, the sentences may be reworded."""

    status: ClassVar[int] = 500

    def __init__(self, rule: str, en: str, zh: str, /, **facts: str | int) -> None:
        self.rule = rule
        self.en = en.format_map(facts)
        self.zh = zh.format_map(facts)
        self.facts = facts
        super().__init__(f"{rule}: {self.en}")

    def says(self, lang: str) -> str:
        """The sentence in `lang` ("zh" or anything else for English)."""
        return self.zh if lang == "zh" else self.en


class Refused(DujiangError):
    """A rule does not allow it."""

    status = 403


class Unknown(DujiangError):
    """The thing does not exist, or the caller may not know that it does."""

    status = 404


class Conflict(DujiangError):
    """The thing is not in a state for this, or the same key was used for something else."""

    status = 409


class Malformed(DujiangError):
    """The input cannot be read as what it claims to be."""

    status = 422


class Unavailable(DujiangError):
    """Not now: the outside (a peer, a disk) does not answer; trying again later is right."""

    status = 503


class Broken(DujiangError):
    """A proof, a signature or a hash does not hold; somebody must look."""

    status = 500
