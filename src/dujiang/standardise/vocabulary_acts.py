"""The acts of vocabularies: load one that the institution may use, see what is loaded, take one out of use, and what codes are called."""


from dujiang.act import NODE, Actor, Named, Nothing, Outcome, Work, begin, look, moves, queued
from dujiang.errors import Malformed
from dujiang.standardise.vocabularies import athena
from dujiang.standardise.vocabularies.loading import Asked, check, load
from dujiang.standardise.vocabularies.naming import sayings
from dujiang.standardise.vocabularies.shelf import LIFE, Vocabulary
from dujiang.words import STAFF, Code, Role, Saying, Word
from dujiang.world import World

MOST_NAMES = 200


class Load(Word, frozen=True):
    """`place` is a folder or file on this node's machine; `rights`: open, licensed or own; a list needs its `system` (ICD10CN, LOCAL, …)."""

    place: str
    name: str
    rights: str
    system: str = ""
    domain: str = "Condition"


class Loaded(Word, frozen=True):
    vocabulary: Vocabulary


class Codes(Word, frozen=True):
    codes: tuple[Code, ...]

    def __post_init__(self) -> None:
        if len(self.codes) > MOST_NAMES:
            raise Malformed("code.many", "Ask for {most} codes at most.", "一次最多查询 {most} 个编码。", most=MOST_NAMES)


def queue(world: World, actor: Actor, _: None, args: Load) -> Outcome:
    check(_asked(args), listed=not athena.is_athena(world.delivery(args.place)))
    job = queued(world, "vocabulary.load", args, by=actor.id)
    return Outcome(answer={"job": job.id}, keep=(job,), facts={"rights": args.rights})


def run(world: World, args: Load, progress: object) -> Loaded:
    return Loaded(vocabulary=load(world, world.delivery(args.place), _asked(args), progress))  # type: ignore[arg-type]


def _asked(args: Load) -> Asked:
    return Asked(args.name, args.rights, args.system, args.domain)


def loaded(world: World, actor: Actor, _: None, args: Loaded) -> Outcome:
    """Another version under the same name takes the place of the one before, which stays on the shelf, retired."""
    new = args.vocabulary
    before = [v.with_(state="retired") for v in world.tables.all(Vocabulary, state="loaded", parent=new.name) if v.id != new.id]
    facts = {"vocabulary": new.id, "rights": new.rights, "systems": new.systems, "set_aside": sum(a.rows for a in new.aside), "retired": [v.id for v in before]}
    return Outcome(answer={"vocabulary": new.id, "rows": new.rows}, keep=(new, *before), facts=facts)


def retire(world: World, actor: Actor, vocabulary: Vocabulary, args: Named) -> Outcome:
    return Outcome(answer={"vocabulary": vocabulary.id}, keep=(vocabulary.with_(state="retired"),), facts={"vocabulary": vocabulary.id})


def restore(world: World, actor: Actor, vocabulary: Vocabulary, args: Named) -> Outcome:
    before = [v.with_(state="retired") for v in world.tables.all(Vocabulary, state="loaded", parent=vocabulary.name)]
    return Outcome(answer={"vocabulary": vocabulary.id}, keep=(vocabulary.with_(state="loaded"), *before), facts={"vocabulary": vocabulary.id})


def listed(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=world.tables.all(Vocabulary))


def names(world: World, actor: Actor, _: None, args: Codes) -> Outcome:
    """What codes are called; those nobody knows are left out."""
    with world.frames() as frames:
        found = sayings(frames, world.tables.all(Vocabulary, state="loaded"), args.codes)
    return Outcome(answer=[{"system": c.system, "code": c.code, "en": s.en, "zh": s.zh} for c, s in sorted(found.items())])


STEWARD = frozenset({Role.STEWARD})
ACTS = (
    begin("vocabulary.load", "Load a vocabulary the institution may use", "加载本机构有权使用的词表", who=STEWARD, where=NODE, takes=Load, step=queue),
    begin("vocabulary.loaded", "Record a loaded vocabulary", "记录已加载的词表", who={Role.SYSTEM}, where=NODE, takes=Loaded, step=loaded),
    moves(LIFE, "retire", "Take a vocabulary out of use", "停用词表", on=Vocabulary, who=STEWARD, where=NODE, step=retire),
    moves(LIFE, "restore", "Take a vocabulary into use again", "重新启用词表", on=Vocabulary, who=STEWARD, where=NODE, step=restore),
    look("vocabulary.list", "List the vocabularies", "查看词表", who=STAFF, where=NODE, takes=Nothing, step=listed),
    look("code.names", "See what codes are called", "查看编码名称", who=STAFF, where=NODE, takes=Codes, step=names),
)
WORKS = (Work("vocabulary.load", Saying(en="Load a vocabulary", zh="加载词表"), Load, run, "vocabulary.loaded"),)
LIVES = (LIFE,)
