"""Linkage settings as data: which fields two records are compared by, which pairs are worth comparing, which rules stand above the score.

The method is Fellegi and Sunter's (1969): each field's level of agreement adds log2(m/u), m being how often one person's two records show
that level and u how often two strangers' do; a field that one record lacks adds nothing. SQL conditions speak of the records `a` and `b`.
"""

from dujiang.words import Saying, Word

UNIT = 100  # weights and scores are whole hundredths of a bit, so that their sums are exact and hash alike everywhere
MISSING = ""
MOST_LEVELS = 7
MOST_FIELDS = 20


class Level(Word, frozen=True, kw_only=True):
    """One way in which a field agrees or differs; `when` is empty for the last, which is everything else. `m` and `u` are first guesses."""

    name: str
    when: str = ""
    m: float
    u: float


class Field(Word, frozen=True):
    """What is compared. The first level that holds is the pair's.

    `missing` says when one of the two is silent. `terms` is the column whose common values weigh less when they agree on the first
    level; `shows` are the columns a reviewer sees.
    """

    name: str
    says: Saying
    missing: str
    levels: tuple[Level, ...]
    terms: str = ""
    shows: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 2 <= len(self.levels) <= MOST_LEVELS or any(not level.when for level in self.levels[:-1]) or self.levels[-1].when:
            raise ValueError(f"{self.name}: 2 to {MOST_LEVELS} levels, and only the last one without a condition")


class Rule(Word, frozen=True):
    """Records with the same `key` (SQL over one record `r`) are compared; a rule with `most` only in groups up to that size."""

    name: str
    key: str
    says: Saying
    most: int = 0


class When(Word, frozen=True):
    """A rule above the score: where every named field shows one of these levels, the verdict is this.

    `link` and `review` whatever the score; `doubt`: never a link, a review from the link's score on; `apart`: neither; `weak`: as the
    score says, but a review where it would be a link; `score`: as the score says. With `review`, `doubt` and `apart` no person holds both
    records, whatever links them.
    """

    rule: str
    levels: dict[str, tuple[str, ...]]
    verdict: str


class Linkage(Word, frozen=True):
    """The whole of it. A pair links when its probability reaches `link`, and waits for a reviewer from `review` on.

    `population`: the number of strangers among whom a record stands, at least; the records themselves where they are more. With
    `cohesive`, a group joins another only when their pairs agree on the whole (`clusters`).
    """

    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    whens: tuple[When, ...] = ()
    link: float = 0.5
    review: float = 0.5
    population: int = 0
    cohesive: bool = True
    trust_m: float = 2.0  # the first guesses count as so many matches …
    trust_u: float = 10.0  # … and so many pairs of strangers

    def __post_init__(self) -> None:
        if len(self.fields) > MOST_FIELDS:
            raise ValueError(f"at most {MOST_FIELDS} fields")

    def levels(self, pattern: int) -> dict[str, str]:
        """Field -> level of a pattern; a silent field is `MISSING`."""
        numbers = ((field, pattern >> 3 * i & 7) for i, field in enumerate(self.fields))
        return {field.name: field.levels[n - 1].name if n else MISSING for field, n in numbers}

    def pattern(self, levels: dict[str, str]) -> int:
        """The pattern of these levels; fields not named are silent."""
        places = {(f.name, level.name): n << 3 * i for i, f in enumerate(self.fields) for n, level in enumerate(f.levels, 1)}
        return sum(places[field, level] for field, level in levels.items() if level)

    def when(self, pattern: int) -> When:
        """The first rule that speaks for this pattern; without one the score decides."""
        levels = self.levels(pattern)
        return next((w for w in self.whens if all(levels[f] in allowed for f, allowed in w.levels.items())), BY_SCORE)

    def pattern_sql(self) -> str:
        """SQL of a pair's pattern: three bits a field."""
        return " + ".join(_case(field, 3 * i) for i, field in enumerate(self.fields))


BY_SCORE = When(rule="score", levels={}, verdict="score")


def _case(field: Field, shift: int) -> str:
    cases = [f"WHEN {field.missing} THEN 0"]
    cases += [f"WHEN {level.when} THEN {n << shift}" for n, level in enumerate(field.levels[:-1], 1)]
    return f"(CASE {' '.join(cases)} ELSE {len(field.levels) << shift} END)::BIGINT"
