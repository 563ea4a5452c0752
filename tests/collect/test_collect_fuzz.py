"""Every form that comes as files, damaged in every way: no delivery fails, no whole neighbour is lost, and what is set aside has a place and a reason and no value."""

import io
from collections.abc import Callable, Iterator
from random import Random

import pytest

from collect.collect_connectors import FORMS, SECRET, Form, real
from collect.collect_damage import damaged
from collect.collect_shore import Shore
from dujiang.collect.arrivals import Arrival
from dujiang.collect.readers.reading import FORMATS, head_of, look
from dujiang.collect.rules import RULES
from shared_data import shared

AT_ONCE = 90  # damaged files in one delivery
BESIDE = 'id,name\n"beside-1",x\n"beside-2",y\n'
Damaged = tuple[Form, str, str, bytes]  # the form, its file's name, the mark of the neighbours in it, the file


def files_of(form: Form, originals: tuple[bytes, ...], count: int, seed: int) -> Iterator[Damaged]:
    for n, middle in enumerate(damaged(originals, count, seed, never=form.never)):
        mark = f"n{FORMS.index(form)}x{n}x{seed}"
        around = form.around(mark)
        yield form, form.file.format(n=mark), mark, around.before + (middle if not form.never else b"\x0b" + middle + b"\x1c\r") + around.after


def check(shore: Shore, batch: list[Damaged]) -> None:
    """One delivery of damaged files of many forms, and a whole one among them."""
    arrival = shore.land({"beside.csv": BESIDE, **{file: data for _, file, _, data in batch}})
    kept: dict[str, str] = {}
    for file, body in shore.records(arrival, "file, body"):
        kept[file] = kept.get(file, "") + body
    assert "beside-1" in kept["beside.csv"] and "beside-2" in kept["beside.csv"]
    for form, file, mark, _ in batch:
        if form.before:
            assert f"{mark}-before" in kept.get(file, ""), (form.name, file)
        if form.after:
            assert f"{mark}-after" in kept.get(file, ""), (form.name, file)
    check_quarantine(shore, arrival, {file for _, file, _, _ in batch})


def check_quarantine(shore: Shore, arrival: Arrival, files: set[str]) -> None:
    rows = shore.quarantine(arrival)
    assert len(rows) == arrival.quarantined
    for file, line, rule, kind, key in rows:
        assert file in files and line > 0 and rule in RULES, (file, line, rule)
        assert not any(part in f"{kind}{key}" for part in (SECRET, "SECRET", "欧阳")), (file, line, rule)
    said = f"{arrival.by_rule}{[(f.rule, f.what) for f in arrival.findings]}"
    assert "SECRET" not in said and set(arrival.by_rule) <= set(RULES) and {f.rule for f in arrival.findings} <= set(RULES)


def landed(new_shore: Callable[[], Shore], all_: list[Damaged], seed: int) -> None:
    Random(seed).shuffle(all_)
    for at in range(0, len(all_), AT_ONCE):
        check(new_shore(), all_[at : at + AT_ONCE])


def test_every_reader_of_files_has_a_row_in_the_table() -> None:
    readers = set()
    for form in FORMS:
        around, name = form.around("m"), form.file.format(n="m")
        for middle in form.originals():
            readers.add(look(name, head_of(io.BytesIO(around.before + middle + around.after))).reader)
    assert {one.name for one in FORMATS} | {"lines", "document", "table", "plain", "log"} <= readers


def test_a_damaged_file_of_any_form_does_no_harm(new_shore: Callable[[], Shore]) -> None:
    landed(new_shore, [one for form in FORMS for one in files_of(form, form.originals(), 25, 1)], 1)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_twelve_hundred_damaged_files_of_each_form_do_no_harm(new_shore: Callable[[], Shore], form: Form) -> None:
    landed(new_shore, list(files_of(form, form.originals(), 1200, 2)), 2)


@pytest.mark.slow
def test_damaged_copies_of_real_files_do_no_harm(new_shore: Callable[[], Shore]) -> None:
    originals = {form: tuple(one for place in ("messages", "dicom", "wearables") for one in real(shared(place), form.name)) for form in FORMS}
    landed(new_shore, [one for form, given in originals.items() if given for one in files_of(form, given, 500, 3)], 3)
