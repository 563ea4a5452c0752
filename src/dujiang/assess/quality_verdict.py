"""The gate of five tiers: what an arrival must be to land, which rows are set aside, what somebody must sign for, what costs score, what alarms.

1. file contract: an arrival that breaks it is rejected;  2. fatal: the rows are set aside;  3. convention: publishing waits for a named
person's signature and reason;  4. plausibility: costs score;  5. drift: an alarm. A signature never covers what is fatal.
"""

from collections.abc import Iterable, Mapping, Sequence

from dujiang.assess.checks import QUARANTINE, SCORE, SIGN_OFF, Check, catalogue
from dujiang.assess.drift import Change
from dujiang.assess.quality import QualityReport
from dujiang.assess.quality_score import FAILED
from dujiang.collect.arrivals import Arrival
from dujiang.collect.contract import Breach, rejections
from dujiang.errors import Malformed, Refused
from dujiang.words import Word

SHORTEST_REASON = 10


class SignOff(Word, frozen=True):
    """Somebody answers for publishing although some checks failed."""

    checks: tuple[str, ...]
    by: str  # the account that signed
    reason: str
    at: str

    def __post_init__(self) -> None:
        if not self.checks or not self.by or len(self.reason.strip()) < SHORTEST_REASON:
            raise Malformed(
                "quality.reason", "A signature names what it covers and says why, in {least} characters or more.",
                "签字须写明所涉检查项及理由（不少于 {least} 个字符）。", least=SHORTEST_REASON,
            )


class Verdict(Word, frozen=True):
    """What follows from a report, by tier; check ids, but for breaches and alarms."""

    rejected: tuple[Breach, ...] = ()
    set_aside: tuple[str, ...] = ()
    to_sign: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    scored: tuple[str, ...] = ()
    alarms: tuple[Change, ...] = ()

    @property
    def may_publish(self) -> bool:
        """Nothing waits for a signature, and no arrival in it is to be rejected."""
        return not self.rejected and not self.to_sign


def verdict(
    report: QualityReport, *, arrivals: Iterable[Arrival] = (), signed: Sequence[SignOff] = (), checks: Mapping[str, Check] | None = None
) -> Verdict:
    """What follows from a report and the arrivals it is made from, after what has been signed."""
    known = checks or catalogue()
    failed = [known[r.id] for r in report.results if r.status == FAILED]
    covered = {name for one in signed for name in one.checks}
    to_sign = [c.id for c in failed if c.tier == SIGN_OFF]
    return Verdict(
        rejected=tuple(breach for arrival in arrivals for breach in rejections(arrival)),
        set_aside=tuple(c.id for c in failed if c.tier == QUARANTINE),
        to_sign=tuple(name for name in to_sign if name not in covered),
        signed=tuple(name for name in to_sign if name in covered),
        scored=tuple(c.id for c in failed if c.tier == SCORE),
        alarms=tuple(change for change in report.changes if change.alarm),
    )


def check_signature(report: QualityReport, names: Sequence[str]) -> None:
    """Refused when a signature would cover anything but conventions that are broken in this report."""
    open_ = verdict(report).to_sign
    if not names or not set(names) <= set(open_):
        raise Refused(
            "quality.sign", "Only a broken convention can be signed for, and only one that this report names: {open}.",
            "只能对本报告列出的未达标规范签字：{open}。", open=", ".join(open_) or "-",
        )


def check_publishable(found: Verdict) -> None:
    """Refused while an arrival should be rejected or a broken convention is not signed for; says which."""
    if found.rejected:
        raise Refused(
            "quality.rejected", "An arrival in this version breaks the file contract: {arrivals}. Leave it out and draft the version again.",
            "本版本所含批次不符合交付约定：{arrivals}。请剔除后重新起草。", arrivals=", ".join(sorted({b.arrival for b in found.rejected})),
        )
    if found.to_sign:
        raise Refused(
            "quality.unsigned", "These conventions are broken: {checks}. Mend the data, or have somebody sign for them with a reason.",
            "以下规范未达标：{checks}。请整改数据，或由责任人说明理由并签字。", checks=", ".join(found.to_sign),
        )
