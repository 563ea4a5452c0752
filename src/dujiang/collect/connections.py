"""A connection says how a source is reached while it lives: it listens for messages, or it is asked for what is new."""

import re
from typing import Annotated, ClassVar

import msgspec

from dujiang.collect.spool import Bounds
from dujiang.errors import Malformed
from dujiang.words import Life, Move, Thing, Word

CONNECTION_LIFE = Life(
    kind="connection",
    start="connected",
    moves=(Move(verb="disconnect", frm=("connected",), to=("disconnected",)), Move(verb="reconnect", frm=("disconnected",), to=("connected",))),
)
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=366 * 86400)]
_NAME = re.compile(r"[^\W\d]\w{0,127}(\.[^\W\d]\w{0,127})?")
_SECRET_IN = re.compile(r"//[^/@]*:[^/@]*@|password=", re.IGNORECASE)


class Hl7(Word, frozen=True, tag="hl7"):
    """HL7 v2 messages over MLLP: this node listens. `address` other than the loopback is opened only when it is named."""

    port: Port
    address: str = "127.0.0.1"
    cut: Bounds = Bounds()
    most_connections: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 64


class Mqtt(Word, frozen=True, tag="mqtt"):
    """A broker's topics: JSON that another reader understands. `client` is this subscriber's lasting name at the broker."""

    host: str
    topics: tuple[str, ...]
    client: str
    port: Port = 1883
    user: str = ""
    tls: bool = False
    cut: Bounds = Bounds()


class Dicom(Word, frozen=True, tag="dicom"):
    """Images pushed by C-STORE: this node listens under an application entity's title."""

    port: Port
    title: str = "DUJIANG"
    address: str = "127.0.0.1"
    callers: tuple[str, ...] = ()  # titles that may send; all when empty
    cut: Bounds = Bounds(messages=200)
    most_connections: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10


class Table(Word, frozen=True):
    """A table or view, and what names a row in it.

    With `watermark`, a column that only grows (a time of change, a sequence), only rows at or beyond the last one seen are read; deleted rows are
    then not noticed. Without, every row is read and compared, and what is gone is delivered as deleted.
    """

    name: str
    keys: tuple[str, ...]
    watermark: str = ""

    def __post_init__(self) -> None:
        parts = (self.name, *self.keys, *([self.watermark] if self.watermark else []))
        if not self.keys or not all(_NAME.fullmatch(part) for part in parts):
            raise Malformed(
                "connection.table", "A table needs its name and at least one key column, written as the database writes them, without quotation marks.",
                "须填写表名及至少一个主键列，写法与数据库一致，不加引号。",
            )


class Database(Word, frozen=True, tag="database"):
    """A database, read and never written. `url` is SQLAlchemy's, without the password: that is given as the connection's secret."""

    url: str
    tables: tuple[Table, ...]
    every: Seconds = 0  # between two pulls; 0: only when asked

    def __post_init__(self) -> None:
        _without_secret(self.url)


class Fhir(Word, frozen=True, tag="fhir"):
    """A FHIR server: by Bulk Data export of the system or a group, or by search; the secret is a bearer token."""

    url: str
    types: tuple[str, ...] = ()
    way: str = "export"  # or search
    group: str = ""
    every: Seconds = 0

    def __post_init__(self) -> None:
        _without_secret(self.url)
        named = all(re.fullmatch(r"[A-Z][A-Za-z]{1,63}", t) for t in self.types) and re.fullmatch(r"[A-Za-z0-9.\-]{0,64}", self.group)
        if self.way not in ("export", "search") or not self.url.startswith(("http://", "https://")) or not named or (self.way == "search" and not self.types):
            raise Malformed(
                "connection.fhir", "Name the server's address, the way (export or search) and, for a search, the resource types.",
                "请填写服务器地址与方式（export 或 search）；检索方式须注明资源类型。",
            )


Setting = Hl7 | Mqtt | Dicom | Database | Fhir
PULLS = (Database, Fhir)


def reached(setting: Setting) -> str:
    """Where the setting leads; a secret given for one place is not for another."""
    return f"{setting.host}:{setting.port}:{setting.user}" if isinstance(setting, Mqtt) else getattr(setting, "url", "")


def _without_secret(url: str) -> None:
    if _SECRET_IN.search(url):
        raise Malformed("connection.secret", "Give the password as `secret`, not in the address.", "密码请通过 secret 提供，不要写在地址中。")


class Connection(Thing, frozen=True, kw_only=True):
    """How one source is reached; its id is the source's. `secret` names the key under which its password or token lies."""

    KIND: ClassVar[str] = "connection"
    setting: Setting
    secret: str = ""
    pulled: str = ""  # when the last pull ended
    missed: int = 0  # what the source stated at the last pull and did not hand over
    fingerprint: str = ""  # of its columns or resource types, as last seen
    drift: tuple[str, ...] = ()  # rules by which the last pull found them changed

    def __post_init__(self) -> None:
        if self.state not in CONNECTION_LIFE.states():
            raise Malformed("connection.state", "A connection cannot be in that state.", "连接状态无效。")
