"""The acts of terms: the reviewer's list of diagnoses that could not be read for sure, what they mean, and what was confirmed before.

The list shows words as patients' records have them, so it stays with the steward; parts that are long or hold long numbers, and might hold a
person's name or number, are counted and not shown.
"""

import re

import msgspec

from dujiang.act import NODE, Actor, Named, Nothing, Outcome, begin, look, moves
from dujiang.standardise.diagnoses import UNSURE
from dujiang.standardise.standardise import Snapshot, std_name
from dujiang.standardise.terms.confirming import LIFE, Confirmed, written
from dujiang.standardise.terms.matching import Candidate
from dujiang.words import Code, Role, Word
from dujiang.world import World

LONGEST_SHOWN = 40
MOST = 1000
_NUMBER = re.compile(r"\d{5}")


class Confirm(Word, frozen=True):
    """What a text means; without codes: it is no diagnosis."""

    text: str
    codes: tuple[Code, ...] = ()


class WorkList(Word, frozen=True):
    snapshot: str
    most: int = 200


def confirm(world: World, actor: Actor, _: None, args: Confirm) -> Outcome:
    """A text confirmed before gets its new meaning; the next standardising reads by it."""
    text = written(args.text)
    before = next(iter(world.tables.all(Confirmed, parent=text)), None)
    id = before.id if before else world.dice.name("t")
    term = Confirmed(id=id, state="confirmed", text=text, codes=args.codes, by=actor.id, at=world.clock.now().isoformat())
    return Outcome(answer={"term": id, "text": text}, keep=(term,), facts={"term": id, "codes": len(args.codes)})


def withdraw(world: World, actor: Actor, term: Confirmed, args: Named) -> Outcome:
    return Outcome(answer={"term": term.id}, keep=(term.with_(state="withdrawn", by=actor.id),), facts={"term": term.id})


def confirmed(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=world.tables.all(Confirmed, state="confirmed"))


def work_list(world: World, actor: Actor, _: None, args: WorkList) -> Outcome:
    """Parts of diagnoses not read for sure, most frequent first, each with the likeliest codes and why; and how many are not shown."""
    snapshot = world.tables.get(Snapshot, args.snapshot)
    done = {term.text for term in world.tables.all(Confirmed, state="confirmed")}
    with world.frames() as frames:
        url = frames.url(snapshot.zone, std_name(snapshot.id, "x_terms"))
        rows = frames.rows(
            f'SELECT part, sum("rows")::BIGINT AS n, min(candidates) FROM read_parquet(\'{url}\') WHERE state = \'{UNSURE}\' GROUP BY part ORDER BY n DESC, part'
        )
    waiting = [(str(part), count, str(candidates)) for part, count, candidates in rows if part not in done]
    shown = [row for row in waiting if len(row[0]) <= LONGEST_SHOWN and not _NUMBER.search(row[0])]
    most = max(1, min(args.most, MOST))
    terms = [
        {"text": part, "rows": count, "candidates": msgspec.json.decode(candidates, type=tuple[Candidate, ...])} for part, count, candidates in shown[:most]
    ]
    return Outcome(answer={"terms": terms, "waiting": len(waiting), "not_shown": len(waiting) - len(terms)})


STEWARD = frozenset({Role.STEWARD})
ACTS = (
    begin("term.confirm", "Say what a diagnosis text means", "确认诊断文本的含义", who=STEWARD, where=NODE, takes=Confirm, step=confirm),
    moves(LIFE, "withdraw", "Withdraw a confirmed term", "撤回已确认的术语", on=Confirmed, who=STEWARD, where=NODE, step=withdraw),
    look("term.list", "See which diagnosis texts wait for a reviewer", "查看待人工确认的诊断文本", who=STEWARD, where=NODE, takes=WorkList, step=work_list),
    look("term.confirmed", "See the confirmed terms", "查看已确认的术语", who=STEWARD, where=NODE, takes=Nothing, step=confirmed),
)
LIVES = (LIFE,)
