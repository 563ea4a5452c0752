"""The control store's tables: things as validated documents, the logs, calls already answered, and letters to peers.

Things are documents rather than a table each: every one is a frozen value validated at birth, so a column list would only
repeat its type, and one mechanism keeps, lists, backs up and moves them all. What grows with records lives in Parquet.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()
VERSION = 1

thing = Table(
    "thing",
    metadata,
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("born", BigInteger, nullable=False),  # order of birth, from the `counter` row `born`
    Column("state", String, nullable=False),
    Column("parent", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("thing_by_state", "kind", "state"),
    Index("thing_by_parent", "kind", "parent"),
)

# A call that was answered: the same key again returns the same answer and does nothing else.
call = Table(
    "call",
    metadata,
    Column("key", String, primary_key=True),
    Column("digest", String, nullable=False),  # of act and arguments: another call under the same key is refused
    Column("answer", LargeBinary, nullable=False),
)

entry = Table(
    "entry",
    metadata,
    Column("log", String, primary_key=True),
    Column("i", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

tree = Table(
    "tree",
    metadata,
    Column("log", String, primary_key=True),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("i", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("log", String, primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", String, nullable=False),
)

# Letters to peers. `place` orders what waits at this process for `to`, whoever wrote it.
letter = Table(
    "letter",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("sender", String, nullable=False),
    Column("receiver", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Index("letter_by_receiver", "receiver", "place"),
)

# Where each chain of letters stands: the last seq and its hash, per direction.
chain = Table(
    "chain",
    metadata,
    Column("sender", String, primary_key=True),
    Column("receiver", String, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String, nullable=False),
)

counter = Table(
    "counter",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
