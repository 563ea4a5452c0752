"""Whatever is appended, signed, committed or lost, in any order, the log stays what was committed (invariant 1)."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dujiang.ledger import checkpoint as notes
from dujiang.ledger import export, log, tree
from dujiang.ledger.checkpoint import Checkpoint
from ledger.samples import HUB, bodies, in_memory


class Growth(RuleBasedStateMachine):
    """A stored log beside the plainest one possible: a list of bodies and a list of checkpoints."""

    def __init__(self) -> None:
        super().__init__()
        self.tx = in_memory().connect()
        self.now: tuple[list[bytes], list[Checkpoint]] = ([], [])
        self.kept = self.now

    def teardown(self) -> None:
        self.tx.close()

    @rule(many=st.integers(0, 9))
    def append(self, many):
        entries, signed = self.now
        new = bodies(many, len(entries))
        assert log.append(self.tx, "own", new) == len(entries)
        self.now = ([*entries, *new], signed)

    @rule()
    def sign(self):
        entries, signed = self.now
        found = notes.parse_signed(log.sign_checkpoint(self.tx, "own", HUB), HUB.verifying, strict=True)
        assert found == Checkpoint(origin=HUB.name, size=len(entries), root=tree.root(map(tree.leaf_hash, entries)))
        self.now = (entries, signed if found in signed else [*signed, found])

    @rule()
    def commit(self):
        self.tx.commit()
        self.kept = self.now

    @rule()
    def lose(self):
        self.tx.rollback()
        self.now = self.kept

    @rule(data=st.data())
    def prove(self, data):
        entries, signed = self.now
        if entries:
            size = data.draw(st.integers(1, len(entries)))
            index = data.draw(st.integers(0, size - 1))
            root, leaf = log.root_at(self.tx, "own", size), tree.leaf_hash(entries[index])
            path = log.inclusion(self.tx, "own", index, size)
            assert tree.verify_inclusion(index, size, leaf, path=path, root=root)
        for old in (one for one in signed if one.size):
            new_root = log.root_at(self.tx, "own", len(entries))
            path = log.consistency(self.tx, "own", old.size, len(entries))
            assert tree.verify_consistency(old.size, len(entries), old.root, new_root=new_root, path=path)

    @invariant()
    def it_is_what_was_put_in(self):
        entries, signed = self.now
        assert log.entries(self.tx, "own", 0, len(entries) + 1) == entries
        assert [notes.parse_signed(n, HUB.verifying) for n in log.checkpoints(self.tx, "own")] == signed
        found = log.check(self.tx, "own", HUB.verifying)
        assert (found.size, found.checkpoints) == (len(entries), len(signed))

    @invariant()
    def its_export_verifies(self):
        entries, signed = self.now
        if signed:
            lines = export.write_log(HUB.name, log.checkpoints(self.tx, "own"), entries)
            found = export.verify_log(lines, HUB.verifying)
            assert (found.covered, found.entries) == (signed[-1].size, len(entries))


TestGrowth = Growth.TestCase
TestGrowth.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
