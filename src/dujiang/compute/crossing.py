"""The wall: every type that may cross between parties, by the act it asks for there. Nothing else can be serialised across."""

from typing import Any, cast

import msgspec

from dujiang.act import Named
from dujiang.compute.guard import Order
from dujiang.compute.tasks import Answered, RefusedPart
from dujiang.consent.acts import Carry, Commit
from dujiang.errors import Refused
from dujiang.register.offers import Offer
from dujiang.request.acts import Agreed
from dujiang.request.permits import PermitTerms
from dujiang.words import Word


class ReleaseNotice(Word, frozen=True):
    """The hub tells a holder that a release is out: where its entry stands. No figure of the answer."""

    id: str
    release: str
    entry: int


class PersonsKey(Word, frozen=True):
    """The key nodes share and the hub lacks; only ever sent sealed, between admitted nodes."""

    secret: str


# Sealed types never cross in the clear: the hub must not read them.
SEALED_ONLY: tuple[type[Word], ...] = (Carry, PersonsKey)
TYPES: dict[str, type[Word]] = {
    "offer.publish": cast(type[Word], Offer),
    "consent.commit": Commit,
    "consent.carry": Carry,
    "persons.share": PersonsKey,
    "permit.receive": PermitTerms,
    "permit.agreed": Agreed,
    "permit.start": Named,
    "permit.end": Named,
    "task.order": Order,
    "task.partial": Answered,
    "task.refused": RefusedPart,
    "run.released": ReleaseNotice,
}


def pack(act: str, args: Word, *, sealed: bool) -> dict[str, Any]:
    """The JSON form of something allowed to cross; Refused for anything else, however it got here."""
    if TYPES.get(act) is not type(args) or (isinstance(args, SEALED_ONLY) and not sealed):
        raise Refused("crossing.type", "{act} may not cross between parties like that.", "{act} 不得以该形式跨机构传输。", act=act)
    return cast(dict[str, Any], msgspec.to_builtins(args))


def unpack(act: str, body: dict[str, Any]) -> Word:
    """What crossed, validated as its type; Refused when no such type may cross."""
    kind = TYPES.get(act)
    if kind is None:
        raise Refused("crossing.type", "{act} may not cross between parties.", "{act} 不得跨机构传输。", act=act[:60])
    try:
        return msgspec.convert(body, kind)
    except msgspec.MsgspecError:
        raise Refused("crossing.shape", "The body of {act} has another shape.", "{act} 的内容结构不符。", act=act) from None
