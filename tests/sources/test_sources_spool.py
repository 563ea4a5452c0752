"""The spool: what it took is in it or in the delivery it was cut into, wherever it is stopped; no message twice, none out of turn."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collect.collect_shore import Shore
from collect.test_collect_killed import Fuse, FusedBlobs, Killed
from dujiang.collect import gathered, spool
from dujiang.collect.spool import Bounds, Message, Spool, json_line
from dujiang.errors import Unavailable
from sources.sources_hl7 import admission


def new(shore: Shore, **bounds: int) -> Spool:
    return Spool(shore, shore.source, ending="hl7", bounds=Bounds(**bounds))  # type: ignore[arg-type]


def cuts(shore: Shore) -> list[bytes]:
    """The messages of every gathered delivery, in order."""
    found = []
    for name in gathered.waiting(shore.zones, shore.source.zone):
        whole = gathered.find(shore.zones, shore.source.zone, name)
        assert whole is not None
        for file in gathered.delivery(shore.zones, shore.source, whole):
            with file.open() as stream:
                found += [part.removeprefix(b"\x0b") for part in stream.read().split(b"\x1c\r") if part]
    return found


@pytest.mark.parametrize("stride", [11, pytest.param(1, marks=pytest.mark.slow)])
def test_a_spool_stopped_at_any_step_keeps_what_it_took_once_and_in_order(new_shore: Callable[[], Shore], stride: int) -> None:
    messages = [admission(n) for n in range(6)]

    def work(shore: Shore) -> list[bytes]:
        """Take, two at a time, with a cut in between and one at the end; what was taken."""
        taken: list[bytes] = []
        try:
            one = new(shore)
            for at in range(0, 6, 2):
                one.take([Message(body) for body in messages[at : at + 2]])
                taken += messages[at : at + 2]
                if at == 2:
                    one.cut()
            one.cut()
        except Killed:
            pass
        return taken

    counting = new_shore()
    fuse = Fuse()
    counting.blobs = FusedBlobs(counting.zones, fuse)
    assert work(counting) == messages == cuts(counting)
    for step in range(1, fuse.count + 1, stride):
        shore = new_shore()
        shore.blobs = FusedBlobs(shore.zones, Fuse(step))
        taken = work(shore)
        shore.blobs = shore.zones
        again = new(shore)
        again.take([Message(body) for body in messages])  # the sender knows not which were safe
        again.cut()
        assert cuts(shore) == messages and taken == messages[: len(taken)], step


def test_what_is_taken_is_counted_to_its_bound_and_a_cut_makes_room(new_shore: Callable[[], Shore]) -> None:
    one = new(new_shore(), most_messages=2)
    one.take([Message(b"a"), Message(b"b")])
    with pytest.raises(Unavailable, match=r"spool\.full"):
        one.take([Message(b"c")])
    assert one.take([Message(b"a")]) == 0  # what is here already needs no room
    one.cut()
    assert one.take([Message(b"c")]) == 1


def test_bytes_are_bounded_too(new_shore: Callable[[], Shore]) -> None:
    one = new(new_shore(), most_bytes=10)
    with pytest.raises(Unavailable, match=r"spool\.full"):
        one.take([Message(b"x" * 11)])


def test_a_cut_is_due_by_number_or_by_age_and_never_when_nothing_waits(new_shore: Callable[[], Shore], monkeypatch: pytest.MonkeyPatch) -> None:
    one = new(new_shore(), messages=2, seconds=60)
    assert not one.is_due() and one.cut() is None
    one.take([Message(b"a")])
    assert not one.is_due()
    monkeypatch.setattr(Shore, "now", lambda self: datetime(2026, 11, 24, tzinfo=UTC) + timedelta(seconds=60))
    assert one.is_due()


def test_the_oldest_fingerprints_are_forgotten_first(new_shore: Callable[[], Shore], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MOST_SEEN", 2)
    one = new(new_shore())
    one.take([Message(b"a"), Message(b"b"), Message(b"c")])
    assert [one.take([Message(body)]) for body in (b"c", b"b", b"a")] == [0, 0, 1]


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=4), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=2), inner), max_leaves=8))
def test_json_on_one_line_is_the_same_json(value: object) -> None:
    import json

    line = json_line(json.dumps(value, indent=1).encode())
    assert line is not None and line.count(b"\n") == 1 and json.loads(line) == value


def test_no_json_has_no_line_and_numbers_keep_their_digits() -> None:
    assert json_line(b"{") is None and json_line(b'{"v":\n1.10}') == b'{"v": 1.10}\n'
