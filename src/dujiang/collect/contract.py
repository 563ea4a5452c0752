"""The file contract: what a delivery must be to be used at all; one that is rejected is kept as it came and enters no snapshot.

A file that nothing can read beside files with records is told to the source and stops nothing else; nor does a stretch of a live source that
is mostly broken, because nobody can deliver it again.
"""

from collections.abc import Iterable

from dujiang.collect.arrivals import Arrival
from dujiang.words import Saying, Word

MOST_QUARANTINED = 50  # per cent of an arrival's records above which it is no delivery but an accident
CONTRACT = {
    "contract.no_records": Saying(en="No file of the arrival holds a record that can be read.", zh="该批次的文件中没有任何可读取的记录。"),
    "contract.form_unknown": Saying(en="A file of the arrival is of no form that is known.", zh="该批次含有无法识别格式的文件。"),
    "contract.mostly_broken": Saying(en="More than half of the arrival's records are broken.", zh="该批次半数以上的记录无法使用。"),
}
REMEDIES = {
    "contract.no_records": Saying(en="Check the export and deliver again.", zh="请核查导出过程并重新交付。"),
    "contract.form_unknown": Saying(en="Deliver again without that file, or in a form that is agreed.", zh="请去除该文件或改用约定格式后重新交付。"),
    "contract.mostly_broken": Saying(en="Mend the export by the list of quarantined lines and deliver again.", zh="请按隔离清单修正导出内容并重新交付。"),
}


class Breach(Word, frozen=True):
    """How an arrival breaks the file contract; one that `rejects` keeps the whole arrival out."""

    arrival: str
    rule: str
    says: Saying
    file: str = ""
    rejects: bool = True


def contract(arrival: Arrival) -> tuple[Breach, ...]:
    """How an arrival breaks the file contract; a file without content breaks nothing beside files with some."""
    breaches = [
        Breach(arrival=arrival.id, rule="contract.form_unknown", says=CONTRACT["contract.form_unknown"], file=file.name, rejects=False)
        for file in arrival.files if file.form == "unknown"
    ]
    all_ = arrival.records + arrival.quarantined
    rule = "contract.no_records" if not arrival.records else "contract.mostly_broken"
    if not arrival.records or 100 * arrival.quarantined > MOST_QUARANTINED * all_:
        rejects = not (arrival.live and arrival.records)
        breaches.append(Breach(arrival=arrival.id, rule=rule, says=CONTRACT[rule], rejects=rejects))
    return tuple(breaches)


def rejections(arrival: Arrival) -> tuple[Breach, ...]:
    """The breaches for which the whole arrival is rejected."""
    return tuple(breach for breach in contract(arrival) if breach.rejects)


def accepted(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Those that are not rejected, in their order."""
    return [arrival for arrival in arrivals if not rejections(arrival)]
