"""A visit typed straight in: checked in plain words, landed as an arrival like any other, found again in the standard tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.act import Job
from dujiang.collect import gathered
from dujiang.collect.arrivals import Arrival
from dujiang.collect.sources import Source
from dujiang.errors import DujiangError, Malformed
from dujiang.gate.acts import WORKS
from dujiang.gate.jobs import Worker
from dujiang.identify.numbers import check_character
from dujiang.identify.typed import MEASURES, Readings, TypedPerson, TypedVisit, check, resources
from dujiang.standardise.standardise import Snapshot, std_name
from dujiang.words import Role
from gate.gate_office import Office, somebody

STEWARD = somebody(Role.STEWARD, party="hospital-a")
TODAY = "2026-06-01"
BODY = "11010119800102001"  # ends in an odd digit: a man's, born on 2 January 1980
NUMBER = BODY + check_character(BODY)
PERSON = TypedPerson(number="v-1", full_name="测试甲", sex="male", born="1980-01-02", id_number=NUMBER, phone="", address="柳树村")
VISIT = TypedVisit(source="s", person=PERSON, visited="2026-05-30", diagnoses=("I10 原发性高血压", "咳嗽"), readings=Readings(systolic=150, diastolic=95, pulse=80),
                   medicines=("氨氯地平 5mg 每日一次",))


def changed(**other: Any) -> TypedVisit:
    person = {k: other.pop(k) for k in list(other) if k in PERSON.__struct_fields__}
    return msgspec.structs.replace(VISIT, person=msgspec.structs.replace(PERSON, **person), **other)


def fault(visit: TypedVisit) -> str:
    with pytest.raises(Malformed) as caught:
        check(visit, TODAY)
    assert caught.value.rule == "typed.check" and caught.value.zh.endswith("。")
    return caught.value.en


# Checks.


def test_a_visit_without_fault_passes() -> None:
    check(VISIT, TODAY)
    check(changed(id_number=""), TODAY)
    check(changed(id_number=NUMBER[:6] + " " + NUMBER[6:].lower()), TODAY)


@pytest.mark.parametrize(("other", "words"), [
    ({"id_number": NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")}, "identity number is mistyped"), ({"id_number": "12345"}, "identity number is mistyped"),
    ({"born": "1980-01-03"}, "differs from the one in the identity number"), ({"sex": "female"}, "sex differs"), ({"born": "1980-02-30", "id_number": ""}, "date of birth is not"),
    ({"born": "2026-06-02", "id_number": ""}, "date of birth is not"), ({"born": "1700-01-01", "id_number": ""}, "date of birth is not"),
    ({"visited": "2026-06-02"}, "day of the visit"), ({"visited": "30.5.2026"}, "day of the visit"),
    ({"visited": "1979-01-01"}, "before the birth"), ({"number": " "}, "patient number"), ({"full_name": ""}, "the name"), ({"diagnoses": ("x" * 201,)}, "At most"),
    ({"readings": Readings(systolic=90, diastolic=120)}, "not below"), ({"readings": Readings(temperature=366)}, "no living person"),
])
def test_a_fault_is_told_in_plain_words(other: dict[str, Any], words: str) -> None:
    assert words in fault(changed(**other))


def test_every_fault_is_told_at_once_and_none_says_a_value_back() -> None:
    told = fault(changed(id_number="110101198001020099", visited="2027-01-01", full_name="", readings=Readings(pulse=5000)))
    assert all(words in told for words in ("the name", "mistyped", "day of the visit", "Heart rate")) and not any(v in told for v in ("110101198001020099", "2027", "5000"))


@given(st.sampled_from(sorted(MEASURES)), st.floats(allow_nan=False, allow_infinity=False))
def test_a_value_passes_exactly_within_the_bounds_of_living_people(name: str, value: float) -> None:
    visit, measure = changed(readings=Readings(**{name: value})), MEASURES[name]
    if measure.low <= value <= measure.high:
        check(visit, TODAY)
    else:
        assert measure.name.en in fault(visit)


# What is written.


def test_the_same_form_gives_the_same_records_and_the_same_patient_keeps_the_id() -> None:
    first, again, later = resources(VISIT), resources(VISIT), resources(changed(visited="2026-05-31"))
    assert first == again and first[0]["id"] == later[0]["id"] and first[1]["id"] != later[1]["id"]
    assert [r["resourceType"] for r in first] == ["Patient", "Encounter", "Condition", "Condition", "Observation", "Observation", "Observation", "MedicationStatement"]
    assert first[2]["code"]["coding"][0]["code"] == "I10" and "coding" not in first[3]["code"]


# At a node.


class Clinic:
    """A node with a source for a village clinic."""

    def __init__(self, folder: Path) -> None:
        self.office = Office(folder, "hospital-a", f"sqlite:///{folder / 'control.db'}")
        self.worker = Worker(self.office.gate, WORKS)
        self.source = self.do("source.open", name="Willow clinic", region="East")["source"]
        self.zone = self.office.find(Source, self.source).zone

    def do(self, act: str, **args: Any) -> Any:
        return self.office.do(STEWARD, act, args)

    def type(self, **other: Any) -> Any:
        return self.do("arrival.type", **{**msgspec.to_builtins(changed(**{"visited": "2020-05-30", **other})), "source": self.source})

    def work(self) -> None:
        for job in [j for j in self.office.all(Job) if j.state == "queued"]:
            assert self.worker.run_one(job)
            assert self.office.find(Job, job.id).state == "done"


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    made = Clinic(tmp_path)
    yield made
    made.office.close()


def test_a_typed_visit_lands_whole_and_stands_in_the_standard_tables(clinic: Clinic) -> None:
    receipt = clinic.type()
    clinic.work()
    (arrival,) = clinic.office.all(Arrival)
    assert (arrival.id, arrival.records, arrival.quarantined, arrival.source) == (receipt["arrival"], 8, 0, clinic.source)
    clinic.do("snapshot.make", zone=clinic.zone)
    clinic.work()
    snapshot = clinic.office.all(Snapshot)[-1]
    rows = {t.name: t.rows for t in snapshot.tables}
    assert (rows["person"], rows["visit_occurrence"], rows["condition_occurrence"], rows["measurement"], rows["drug_exposure"]) == (1, 1, 2, 3, 1)
    assert snapshot.dangling == 0
    with clinic.office.world.frames() as frames:
        url = frames.url(clinic.zone, std_name(snapshot.id, "x_identity"))
        assert frames.rows(f"SELECT id_number, id_system, birth_date::VARCHAR FROM read_parquet('{url}')") == [(NUMBER, "CN-ID", "1980-01-02")]


def test_the_same_visit_typed_twice_is_one_arrival(clinic: Clinic) -> None:
    assert clinic.type()["receipt"] == clinic.type()["receipt"]
    clinic.work()
    clinic.type()
    clinic.work()
    assert len(clinic.office.all(Arrival)) == 1


def test_what_has_landed_is_forgotten_by_the_next_visit_typed(clinic: Clinic) -> None:
    clinic.type()
    clinic.work()
    clinic.type(visited="2020-05-31")
    assert len(gathered.waiting(clinic.office.world.blobs, clinic.zone)) == 1
    clinic.work()
    assert len(clinic.office.all(Arrival)) == 2


def test_a_refused_visit_leaves_nothing_and_no_word_of_it_is_in_the_log(clinic: Clinic) -> None:
    with pytest.raises(DujiangError, match=r"typed\.check"):
        clinic.type(visited="2999-01-01")
    assert gathered.waiting(clinic.office.world.blobs, clinic.zone) == [] and clinic.office.all(Job) == []
    clinic.type()
    told = "\n".join(body.decode() for body in clinic.office.bodies())
    assert not any(word in told for word in ("测试甲", NUMBER, "v-1", "柳树村", "高血压"))
