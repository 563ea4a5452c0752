"""What an entry of the log says, and the guard that keeps persons out of it: ids, codes, hashes and counts pass, nothing else does."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from dujiang.act import Actor, stamp
from dujiang.errors import Refused
from dujiang.ledger import log
from dujiang.ledger.canonical import canonical
from dujiang.words import Role, Thing
from dujiang.world import Transaction, World

LETTER = "letter"  # stands for the act of a letter that could not be read as one

# No space and nothing beyond ASCII: prose and names do not fit into an entry.
_PLAIN = re.compile(r"[A-Za-z0-9:._+/=*@-]*")
# Identity numbers of 18 and 15 digits (GB 11643) and mobile numbers, standing by themselves: within a hash, digits are only digits.
_NUMBER = re.compile(r"(?<![A-Za-z0-9+/=])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9]{9})(?![A-Za-z0-9+/=])")


def entry(
    world: World, actor: Actor, act: str, *, on: Thing | None = None, facts: Mapping[str, Any] | None = None, refused: str = ""
) -> bytes:
    """The canonical bytes of an entry. A person's account is never named, only that a person acted.

    Refused (`gate.entry`) when any text in it could be a name or a number of a person: the act is then not done either.
    """
    by: dict[str, str] = {"party": actor.party}
    if Role.PERSON in actor.roles:
        by["role"] = "person"
    elif actor.id not in ("system", actor.party):
        by["account"] = actor.id
    body: dict[str, Any] = {"v": 1, "act": act, "at": stamp(world), "by": by}
    if refused:
        body["refused"] = refused
    else:
        body["facts"] = msgspec.to_builtins(dict(facts or {}))
        if on is not None:
            body["on"] = f"{on.KIND}:{on.id}"
            body["to"] = on.state
    if not all(map(is_plain, _texts(body))):
        raise Refused(
            "gate.entry",
            "An entry of the log holds ids, codes, hashes and counts. Something that could be a name or an identity number stood in "
            "the place of an id; use the id that the system gave.",
            "日志条目只含编号、代码、哈希与计数；应填编号之处出现疑似姓名或证件号码的内容，请改用系统给出的编号。",
        )
    return canonical(body)


def is_plain(text: str) -> bool:
    """Whether the text may stand in an entry, or be said back in an error."""
    return _PLAIN.fullmatch(text) is not None and _NUMBER.search(text) is None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def record(tx: Transaction, bodies: list[bytes]) -> None:
    log.append(tx.connection, "own", bodies, canonical=True)
