"""A vocabulary as a node keeps it: what it is called, by what right it is here, and where its sealed tables lie."""

from typing import ClassVar, NamedTuple

from dujiang.errors import Malformed
from dujiang.words import Life, Move, Saying, Thing, one_of

ZONE = "zone-vocabulary"
LONGEST_NAME = 80
RIGHTS: dict[str, Saying] = {
    "open": Saying(en="free for everybody", zh="可自由使用"),
    "licensed": Saying(en="by the institution's own licence; its names stay at this node", zh="依本机构自有许可；其名称不出本节点"),
    "own": Saying(en="the institution's own work", zh="本机构自有"),
}
# The tables of every vocabulary, by the columns that are sealed. An Athena download fills all of them, a list of names the first and the last.
TABLES: dict[str, dict[str, str]] = {
    "concept": {
        "system": "VARCHAR", "code": "VARCHAR", "concept": "BIGINT", "domain": "VARCHAR", "name": "VARCHAR", "standard": "BOOLEAN", "valid": "BOOLEAN",
    },
    "maps": {"source": "BIGINT", "target": "BIGINT"},
    "names": {"system": "VARCHAR", "code": "VARCHAR", "concept": "BIGINT", "lang": "VARCHAR", "name": "VARCHAR"},
}
LIFE = Life(
    kind="vocabulary",
    start="loaded",
    moves=(Move(verb="retire", frm=("loaded",), to=("retired",)), Move(verb="restore", frm=("retired",), to=("loaded",))),
)


class Aside(NamedTuple):
    """Rows of a file that could not be read, by rule, and the first line of them."""

    file: str
    rule: str
    rows: int
    line: int


class Vocabulary(Thing, frozen=True, kw_only=True):
    """One version of a vocabulary: its id follows from its content. `systems` counts codes by system, `parts` the sealed files by table."""

    KIND: ClassVar[str] = "vocabulary"
    name: str
    rights: str
    domain: str = ""  # of a list of names: what it is about; empty for Athena, which says so for each concept
    release: str = ""
    systems: dict[str, int] = {}
    parts: dict[str, int] = {}
    rows: dict[str, int] = {}
    aside: tuple[Aside, ...] = ()
    loaded: str = ""

    def __post_init__(self) -> None:
        if self.state not in LIFE.states():
            raise Malformed("vocabulary.state", "A vocabulary cannot be in that state.", "词表状态无效。")
        check_name(self.name)
        check_rights(self.rights)

    def parent(self) -> str:
        return self.name

    def files(self, table: str) -> list[str]:
        """Where the table's parts lie in `ZONE`."""
        return [part_name(self.id, table, n) for n in range(self.parts.get(table, 0))]


def part_name(vocabulary: str, table: str, number: int) -> str:
    return f"{vocabulary}/{table}-{number}.parquet"


def check_name(name: str) -> None:
    if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise Malformed(
            "vocabulary.name", "A vocabulary's name has 1 to {most} printable characters.", "词表名称须为 1 至 {most} 个可见字符。", most=LONGEST_NAME
        )


def check_rights(rights: str) -> None:
    if rights not in RIGHTS:
        raise Malformed(
            "vocabulary.rights", "Say by what right the vocabulary is used: {rights}.", "请注明使用词表的权利依据：{rights}。", rights=one_of(RIGHTS)
        )
