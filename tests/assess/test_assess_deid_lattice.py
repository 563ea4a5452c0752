"""The levels found hide everybody and lose least: against an exhaustive search in plain Python, and against pycanon."""

from collections import Counter
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycanon import anonymity as canon

from assess.assess_deid import PEOPLE, QUASI, SECRET, classes, read, recipe, tables
from dujiang.assess.deid.ladders import Ladder, ladders
from dujiang.assess.deid.recipe import Anonymity, Step
from dujiang.assess.deid.run import deidentify
from dujiang.errors import Malformed, Refused

AREAS = ("110101", "110102", "110201", "310101", "310115", "510107")
people = st.builds(
    lambda age, sex, area, ill, stay: {"age": age, "sex": sex, "area": area, "ill": ill, "stay": stay},
    st.integers(0, 99), st.sampled_from("fm"), st.sampled_from(AREAS), st.sampled_from(("flu", "asthma", "gout", None)), st.integers(1, 6),
)
crowds = st.lists(people, min_size=6, max_size=60).map(lambda rows: [{"person_id": n, **row} for n, row in enumerate(rows, 1)])
anonymities = st.builds(
    lambda k, least, t, kind, suppress: Anonymity(k=k, l=least, t=t, suppress=suppress, sensitive={} if least == 1 and t is None else kind),
    st.integers(2, 5), st.integers(1, 2), st.none() | st.sampled_from((0.2, 0.4, 0.6)),
    st.sampled_from(({"ill": "equal"}, {"stay": "ordered"}, {"ill": "equal", "stay": "ordered"})), st.sampled_from((0.0, 0.1, 0.4)),
)
quick = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
SAID: dict[str, list[Any]] = {
    "age": [lambda v: v, lambda v: v - v % 5, lambda v: v - v % 10, lambda v: v - v % 20, lambda v: None],
    "sex": [lambda v: v, lambda v: None],
    "area": [lambda v: v, lambda v: v, lambda v: v[:4], lambda v: v[:2], lambda v: None],
}


def plain_loss(rows: list[dict[str, Any]], levels: dict[str, int], kept: list[dict[str, Any]]) -> Fraction:
    """Iyengar's loss of these levels, from its definition: each cell (group − 1) / (values − 1), a row left out loses all."""
    total = Fraction(len(rows) - len(kept))
    for column, level in levels.items():
        say, values = SAID[column][level], {row[column] for row in rows}
        groups = Counter(say(value) for value in values)
        total += sum(Fraction(groups[say(row[column])] - 1, max(len(values) - 1, 1)) for row in kept) / len(levels)
    return total / len(rows)


def survivors(rows: list[dict[str, Any]], levels: dict[str, int], wanted: Anonymity) -> list[dict[str, Any]]:
    """Rows in classes of k and more with l values of each sensitive column."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(SAID[c][level](row[c]) for c, level in levels.items()), []).append(row)
    good = [g for g in groups.values() if len(g) >= wanted.k and all(len({r[s] for r in g}) >= wanted.l for s in wanted.sensitive)]
    return [row for group in good for row in group]


@quick
@given(crowds, st.integers(2, 5), st.integers(1, 2), st.sampled_from((0.0, 0.1, 0.4)))
def test_no_other_levels_lose_less(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], k: int, l: int, suppress: float) -> None:  # noqa: E741
    wanted = Anonymity(k=k, l=l, suppress=suppress, sensitive={"ill": "equal"} if l > 1 else {})
    every = [dict(zip(SAID, levels, strict=True)) for levels in product(*(range(len(s)) for s in SAID.values()))]
    kept = [(levels, survivors(rows, levels, wanted)) for levels in every]
    costs = [plain_loss(rows, levels, stay) for levels, stay in kept if len(rows) - len(stay) <= int(suppress * len(rows))]
    with tables(tmp_path_factory.mktemp("t"), people=(PEOPLE, rows)) as frames:
        if not costs:
            with pytest.raises(Refused, match="deid.unreachable"):
                deidentify(frames, {"people": "people"}, recipe(wanted), secret=SECRET, project="p")
            return
        (report,) = deidentify(frames, {"people": "people"}, recipe(wanted), secret=SECRET, project="p").reports
    assert report.proved
    assert report.loss.generalised == pytest.approx(float(min(costs)), abs=1e-9)


@quick
@given(crowds, anonymities)
def test_what_comes_out_is_as_anonymous_as_pycanon_counts_it(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], wanted: Anonymity) -> None:
    with tables(tmp_path_factory.mktemp("t"), people=(PEOPLE, rows)) as frames:
        try:
            done = deidentify(frames, {"people": "people"}, recipe(wanted), secret=SECRET, project="p")
        except Refused as refused:
            assert refused.rule == "deid.unreachable"
            return
        out = read(frames, done.made["people"])
    assert len(out) >= len(rows) * (1 - wanted.suppress)
    assert min(classes(out, tuple(QUASI)).values()) >= wanted.k
    table = pandas.DataFrame([{c: "*" if row[c] is None else str(row[c]) for c in ("age", "sex", "area", "ill")} | {"stay": row["stay"]} for row in out])
    assert canon.k_anonymity(table, list(QUASI)) >= wanted.k
    for column, kind in wanted.sensitive.items():
        assert canon.l_diversity(table, list(QUASI), [column]) >= wanted.l
        if wanted.t is not None:
            sensitive = table.astype({"stay": int}) if kind == "ordered" else table
            assert canon.t_closeness(sensitive, list(QUASI), [column]) <= wanted.t + 1e-6


def test_a_ladder_of_ones_own_is_climbed_and_what_it_does_not_name_is_absent(tmp_path: Path) -> None:
    own = Step(how="generalise", groups=({"110101": "a", "110102": "a", "110201": "b"}, {"a": "x"}))
    rows = [{"person_id": n, "age": 30, "sex": "f", "area": AREAS[n % 4], "ill": "flu", "stay": 1} for n in range(12)]
    said = {}
    with tables(tmp_path, people=(PEOPLE, rows)) as frames:
        for level in range(4):
            one = recipe(columns={"area": Step(how="generalise", groups=own.groups, level=level)})
            said[level] = {r["area"] for r in read(frames, deidentify(frames, {"people": "people"}, one, secret=SECRET, project="p").made["people"])}
        made = deidentify(frames, {"people": "people"}, recipe(Anonymity(k=4), columns={"area": own}), secret=SECRET, project="p")
        assert min(classes(read(frames, made.made["people"]), ("area",)).values()) >= 4
    assert said == {0: set(AREAS[:4]), 1: {"a", "b", None}, 2: {"x", None}, 3: {None}}


def test_months_and_quarters_follow_from_one_another_but_weeks_and_months_would_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weeks = Ladder(says=ladders()["date"].says, levels=("date_trunc('week', {c})::DATE", "date_trunc('month', {c})::DATE"))
    monkeypatch.setitem(ladders(), "weeks", weeks)
    rows = [{"person_id": n, "day": f"2020-{1 + n % 12:02d}-{1 + n % 28:02d}"} for n in range(200)]
    step = Step(how="generalise", ladder="weeks")
    with tables(tmp_path, days=({"person_id": "BIGINT", "day": "DATE"}, rows)) as frames, pytest.raises(Malformed, match="deid.ladder_order"):
        deidentify(frames, {"days": "days"}, recipe(Anonymity(k=2), table="days", columns={"day": step}), secret=SECRET, project="p")


def test_a_column_may_be_kept_at_a_level_of_its_own_while_the_others_are_searched(tmp_path: Path) -> None:
    rows = [{"person_id": n, "age": n % 90, "sex": "fm"[n % 2], "area": AREAS[n % 6], "ill": "flu", "stay": 1} for n in range(400)]
    columns = {**QUASI, "area": Step(how="generalise", ladder="area", level=2)}
    with tables(tmp_path, people=(PEOPLE, rows)) as frames:
        (report,) = deidentify(frames, {"people": "people"}, recipe(Anonymity(k=5), columns=columns), secret=SECRET, project="p").reports
    assert report.levels["area"] == 2 and report.after.smallest >= 5


def test_a_weight_spares_the_column_that_matters(tmp_path: Path) -> None:
    rows = [{"person_id": n, "age": (n * 7) % 80, "sex": "fm"[n % 2], "area": AREAS[n % 6], "ill": "flu", "stay": 1} for n in range(300)]
    found = {}
    with tables(tmp_path, people=(PEOPLE, rows)) as frames:
        for column in ("age", "area"):
            wanted = Anonymity(k=8, suppress=0, weights={column: 1000.0})
            (report,) = deidentify(frames, {"people": "people"}, recipe(wanted), secret=SECRET, project="p").reports
            found[column] = report.levels
    assert found["age"]["age"] < found["area"]["age"] and found["area"]["area"] < found["age"]["area"]
