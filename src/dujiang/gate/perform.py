"""The one way in: finds the thing, authorises the actor, performs the pure step, keeps and records, in one transaction.

A refusal is recorded too. A call with a key that was used before returns the earlier answer and does nothing else; double
clicks, repeated letters, restarted jobs and a restarted script all rely on that one rule.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from dujiang.act import Act, Actor, Job, Outcome, Parcel, stamp, system
from dujiang.compute import crossing
from dujiang.errors import Conflict, DujiangError, Refused, Unavailable, Unknown
from dujiang.gate import answered, letters
from dujiang.gate.arguments import read_args
from dujiang.gate.bench import Bench, signing_key
from dujiang.gate.entries import entry, is_plain, record
from dujiang.ledger import log
from dujiang.ledger.canonical import canonical
from dujiang.words import Party, Role, Thing, Word, one_of
from dujiang.world import Transaction, World

MOST_FOLLOW_UPS = 10_000
READ_AGAIN = "read again"  # counter: somebody became known, whose letters were passed over as a stranger's


@dataclass
class Done:
    """What a transaction did that others wait for."""

    jobs: int = 0
    letters: int = 0


class Asked(NamedTuple):
    """One call: who asks for which act with which arguments."""

    actor: Actor
    act: Act
    args: Any


class Gate:
    """Performs acts for one party. `told` is called after each commit, so that workers and the post need not poll."""

    def __init__(
        self, world: World, place: str, acts: Mapping[str, Act], told: Callable[[Done], None] = lambda done: None
    ) -> None:
        self.world = world
        self.place = place
        self.acts = {name: act for name, act in acts.items() if place in act.where}
        self.told = told

    def act(self, name: str) -> Act:
        """The act of that name at this place; Unknown otherwise."""
        if name not in self.acts:
            said = name[:60] if is_plain(name[:60]) else "?"
            raise Unknown("gate.act", "There is no act {name} at this {place}.", "此处（{place}）没有操作 {name}。", name=said, place=self.place)
        return self.acts[name]

    def perform(self, actor: Actor, name: str, args: Word | Mapping[str, Any] | bytes, *, key: str = "") -> bytes:
        """The answer as JSON. `key` makes the call idempotent; `args` may be JSON bytes, builtins or the value itself."""
        act = self.act(name)
        if act.look:
            authorise(actor, act)
            return self._look(Asked(actor, act, read_args(act, args)))
        try:
            authorise(actor, act)
            asked = Asked(actor, act, read_args(act, args))
            with self.world.transaction() as tx:
                answer, done = self._once(tx, asked, f"{actor.id}:{key}" if key else "")
        except Unavailable:
            raise  # "not now" is no refusal
        except DujiangError as refusal:
            self._record_refusal(actor, act, refusal)
            raise
        self.told(done)
        return answer

    def has_answered(self, actor: Actor, key: str) -> bool:
        """Whether a call under this key was performed."""
        with self.world.transaction() as tx:
            return tx.answered(f"{actor.id}:{key}") is not None

    def _look(self, asked: Asked) -> bytes:
        with self.world.reading() as tx:
            thing = find(tx, asked)
            return msgspec.json.encode(asked.act.step(Bench(self.world, tx), asked.actor, thing, asked.args).answer)

    def _once(self, tx: Transaction, asked: Asked, key: str) -> tuple[bytes, Done]:
        given = msgspec.json.encode(asked.args, order="deterministic")
        digest = hashlib.sha256(asked.act.name.encode() + b"\0" + given).hexdigest()
        before = tx.answered(key) if key else None
        done = Done()
        if before is not None:
            if before[0] != digest:
                raise Conflict("gate.key", "This key was already used for another call.", "该幂等键已用于其他调用。")
            return answered.unseal(self.world, key, before[1]), done
        answer = msgspec.json.encode(self.do(tx, asked, done))
        if key:
            tx.remember(key, digest, answered.seal(self.world, key, answer))
        self.seal_log(tx)
        return answer, done

    def do(self, tx: Transaction, asked: Asked, done: Done) -> Any:
        """Perform inside the caller's transaction, with all follow-ups; returns the first act's answer."""
        me = system(self.world.party)
        waiting = [asked]
        answers: list[Any] = []
        secrets: dict[str, bytes] = {}
        while waiting:
            if len(answers) > MOST_FOLLOW_UPS:
                raise Conflict("gate.endless", "An act leads to itself without end.", "操作陷入无限循环。")
            outcome = self._step(tx, waiting.pop(0), done)
            secrets.update(outcome.secrets)
            answers.append(outcome.answer)
            waiting = [*(Asked(me, self.act(call.act), call.args) for call in outcome.then), *waiting]
        # Last, when nothing can refuse any more: a key file does not roll back. A commit that fails leaves one, and doing it again finds it.
        for name, secret in secrets.items():
            self.world.keys.put(name, secret)
        return answers[0]

    def _step(self, tx: Transaction, asked: Asked, done: Done) -> Outcome:
        actor, act, args = asked
        authorise(actor, act)
        thing = find(tx, asked)
        if act.move is not None and thing is not None and thing.state not in act.move.frm:
            raise wrong_state(thing, act)
        outcome = act.step(Bench(self.world, tx), actor, thing, args)
        moved = next((k for k in outcome.keep if thing is not None and k.KIND == thing.KIND and k.id == thing.id), thing)
        if act.move is not None and moved is not None and moved.state not in act.move.to:
            raise Conflict("gate.move", "{act} led to a state outside its row.", "{act} 的结果状态不在状态表中。", act=act.name)
        tx.put(*outcome.keep)
        done.jobs += sum(isinstance(new, Job) and new.state == "queued" for new in outcome.keep)
        if any(isinstance(new, Party) for new in outcome.keep):
            tx.count(READ_AGAIN, 1)
        if not act.quiet:
            begun = moved or (outcome.keep[0] if outcome.keep else None)
            record(tx, [entry(self.world, actor, act.name, on=begun, facts=outcome.facts), *self._more(actor, act, outcome)])
        for parcel in outcome.send:
            self._post(tx, parcel)
            done.letters += 1
        return outcome

    def _more(self, actor: Actor, act: Act, outcome: Outcome) -> list[bytes]:
        return [entry(self.world, actor, act.name, facts=facts) for facts in outcome.entries]

    def _post(self, tx: Transaction, parcel: Parcel) -> None:
        """Write a letter into the queue, as the next in its chain."""
        world = self.world
        body = crossing.pack(parcel.act, parcel.args, sealed=parcel.sealed)
        kind = parcel.act
        if parcel.sealed:
            plain = canonical({"type": parcel.act, "body": body})
            body = {"box": letters.seal(plain, tx.get(Party, parcel.to).seal, world.dice.token(32))}
            kind = letters.SEALED
        seq, prev = tx.chain(world.party, parcel.to)
        envelope = letters.Envelope(
            sender=world.party, receiver=parcel.to, seq=seq + 1, prev=prev, time=stamp(world), type=kind, body=body
        )
        data = letters.sign(envelope, signing_key(world, "party"))
        letters.check_size(data)
        tx.lengthen(world.party, parcel.to, seq + 1, letters.fingerprint(data))
        tx.post(world.party, parcel.to, seq + 1, data)

    def seal_log(self, tx: Transaction) -> None:
        """Sign a checkpoint of this party's log, so that nothing recorded is ever without one."""
        if log.size(tx.connection, "own"):
            log.sign_checkpoint(tx.connection, "own", signing_key(self.world, "log"))

    def _record_refusal(self, actor: Actor, act: Act, refusal: DujiangError) -> None:
        if Role.PUBLIC in actor.roles:
            return  # strangers could fill the log
        with self.world.transaction() as tx:
            record(tx, [entry(self.world, actor, act.name, refused=refusal.rule)])
            self.seal_log(tx)


def authorise(actor: Actor, act: Act) -> None:
    """Refused unless one of the actor's roles may do this, and an app's permit names it."""
    if (actor.only or Role.APP in actor.roles) and act.name not in actor.only:
        raise Refused("gate.app", "The app's permit does not name {act}.", "应用许可未包含 {act}。", act=act.name)
    if actor.roles.isdisjoint(act.who):
        raise Refused(
            "gate.who", "{act} is for: {who}. Ask one of them, or sign in with that role.",
            "{act} 仅限以下角色：{who}。请联系相应人员，或以该角色登录。", act=act.name, who=one_of(act.who),
        )


def find(tx: Transaction, asked: Asked) -> Thing | None:
    return tx.get(asked.act.on, asked.args.id) if asked.act.on is not None else None


def wrong_state(thing: Thing, act: Act) -> Conflict:
    assert act.move is not None
    return Conflict(
        f"{thing.KIND}.state", "{act} needs the state {needed}; this {kind} is {state}.",
        "{act} 要求状态为 {needed}；当前 {kind} 的状态是 {state}。",
        act=act.name, needed=one_of(act.move.frm), kind=thing.KIND, state=thing.state or "-",
    )
