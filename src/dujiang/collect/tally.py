"""What became of a delivery besides its records: places set aside, listed up to a bound and always counted, and remarks."""

from collections import Counter
from collections.abc import Iterator

from dujiang.collect.arrivals import Finding
from dujiang.collect.readers.items import Broken, Remark

MOST_LISTED = 100_000  # rows of quarantine an arrival lists; what a hostile file adds beyond is counted
MOST_REMARKS = 200  # findings of one rule that an arrival lists: a delivery may have a file for every message


class Tally:
    """Fills up while the readers run."""

    def __init__(self, most: int = MOST_LISTED) -> None:
        self._most = most
        self._listed: list[tuple[str, Broken]] = []
        self.by_rule: Counter[str] = Counter()
        self._remarks: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.quarantined = 0

    def set_aside(self, file: str, broken: Broken) -> None:
        self.quarantined += 1
        self.by_rule[broken.rule] += 1
        if len(self._listed) < self._most:
            self._listed.append((file, broken))
        else:
            self.by_rule["quarantine.unlisted"] += 1

    def remark(self, file: str, remark: Remark) -> None:
        self._remarks[remark.rule] += 1
        if self._remarks[remark.rule] > MOST_REMARKS:
            self.by_rule["finding.unlisted"] += 1
        else:
            self.findings.append(Finding(rule=remark.rule, file=file, what=remark.what, rows=remark.rows))

    def count(self, rule: str, times: int = 1) -> None:
        """Count what was neither kept as a record nor set aside."""
        if times:
            self.by_rule[rule] += times

    def rows(self) -> Iterator[dict[str, object]]:
        """The quarantine's rows."""
        for file, broken in self._listed:
            yield {"file": file, "line": broken.line, "rule": broken.rule, "kind": broken.kind, "key": broken.key}
