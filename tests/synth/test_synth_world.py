"""A whole world: the same bytes for the same seed, who is who, consents, and the cells of the question."""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import dujiang_synth
from dujiang_synth import Refused, Truth, write_world

HYPERTENSION = {"59621000", "38341003"}
BANDS = {"0-39": range(40), "40-64": range(40, 65), "65+": range(65, 130)}


def digest(folder: Path) -> dict[str, str]:
    """The hash of every file of a world."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def band(born: str) -> str:
    """The age band on 2020-12-31."""
    birth = date.fromisoformat(born)
    age = 2020 - birth.year
    return next(name for name, ages in BANDS.items() if age in ages)


def cells(world: Any, *, permitted: bool) -> Counter[tuple[str, str]]:
    """The answer from the raw files: persons with the diagnosis and a systolic value, by sex and age band."""
    ill = {world.who[h, patient] for h, patient, code in world.diagnoses() if code in HYPERTENSION}
    measured = {
        world.who[r.hospital, r.patient]
        for r in world.readings()
        if r.code == "8480-6" and (r.hospital, r.patient) in world.who and r.day <= "2024-12-31" and r.value < 300
    }
    people = [world.people[number] for number in ill & measured]
    return Counter((p["sex"], band(p["born"])) for p in people if not permitted or p["consent"] == "research")


def counted_twice(world: Any) -> Counter[tuple[str, str]]:
    """The same question as a careless sum over hospitals that does not know who is who."""
    ill = {(h, patient) for h, patient, code in world.diagnoses() if code in HYPERTENSION}
    measured = {(r.hospital, r.patient) for r in world.readings() if r.code == "8480-6"}
    people = [world.people[world.who[local]] for local in ill & measured]
    return Counter((p["sex"], band(p["born"])) for p in people)


def test_the_same_seed_gives_the_same_bytes(world: Any, tmp_path: Path) -> None:
    write_world(tmp_path / "again")
    assert digest(tmp_path / "again") == digest(world.folder)


def test_the_bytes_do_not_depend_on_the_interpreters_hash_seed(tmp_path: Path) -> None:
    code = "import sys, pathlib, dujiang_synth; dujiang_synth.write_world(pathlib.Path(sys.argv[1]), people=150)"
    source = str(Path(dujiang_synth.__file__).parents[1])
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": source}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / hash_seed)], check=True, env=environment)
    assert digest(tmp_path / "1") == digest(tmp_path / "2")


def test_another_seed_gives_another_world(world: Any, tmp_path: Path) -> None:
    write_world(tmp_path / "other", seed=8)
    same = {name for name, value in digest(tmp_path / "other").items() if digest(world.folder)[name] == value}
    assert same == set()


def test_the_truth_returned_is_the_truth_written(tmp_path: Path) -> None:
    truth = write_world(tmp_path / "w", people=60)
    assert isinstance(truth, Truth)
    assert (tmp_path / "w" / "truth.json").read_text("utf-8") == truth.as_json()
    assert json.loads(truth.as_json())["seed"] == truth.seed == 7
    assert (tmp_path / "w" / "consents.json").read_text("utf-8") == truth.consents_as_json()


def test_each_cell_of_the_question_is_large_but_for_one(world: Any) -> None:
    found = cells(world, permitted=False)
    assert set(found) == {(sex, name) for sex in ("male", "female") for name in BANDS}
    assert 3 <= found.pop(("female", "0-39")) <= 8
    assert found["male", "0-39"] >= 12
    assert min(found.values()) >= 10


def test_the_cells_stay_so_when_only_people_who_permit_research_count(world: Any) -> None:
    found = cells(world, permitted=True)
    assert 3 <= found.pop(("female", "0-39")) <= 8
    assert found["male", "0-39"] >= 12
    assert min(found.values()) >= 10


def test_the_small_cell_stays_small_when_nobody_knows_who_is_who(world: Any) -> None:
    assert 3 <= counted_twice(world)["female", "0-39"] <= 8


@pytest.mark.parametrize("seed", [1, 42])
def test_the_cells_hold_for_other_seeds(open_world: Any, tmp_path: Path, seed: int) -> None:
    write_world(tmp_path / "w", seed=seed)
    found = cells(open_world(tmp_path / "w"), permitted=True)
    assert 3 <= found.pop(("female", "0-39")) <= 8
    assert found["male", "0-39"] >= 12
    assert min(found.values()) >= 10


def test_dirt_does_not_move_the_cells(world: Any, clean: Any) -> None:
    assert cells(world, permitted=False) == cells(clean, permitted=False)


def test_the_registries_know_exactly_the_people_of_the_truth(world: Any) -> None:
    for hospital in world.hospitals:
        listed = {p["local_ids"][hospital] for p in world.people if hospital in p["local_ids"]}
        assert set(world.patients(hospital)) == listed


def test_local_ids_are_unique_in_a_hospital(world: Any) -> None:
    for hospital in world.hospitals:
        ids = [p["local_ids"][hospital] for p in world.people if hospital in p["local_ids"]]
        numbers = [p["mrns"][hospital] for p in world.people if hospital in p["mrns"]]
        assert len(ids) == len(set(ids)) == len(set(numbers)) == len(numbers)


def test_the_order_of_a_registry_does_not_follow_the_order_of_people(world: Any) -> None:
    for hospital in world.hospitals:
        numbers = [world.who[hospital, local] for local in world.patients(hospital)]
        assert numbers != sorted(numbers)


def test_people_are_in_several_hospitals_as_the_truth_says(world: Any) -> None:
    hospitals = defaultdict(set)
    for record, patient, _ in world.events():
        if (record.hospital, patient) in world.who:
            hospitals[world.who[record.hospital, patient]].add(record.hospital)
    assert all(hospitals[p["number"]] == set(p["local_ids"]) for p in world.people)
    counts = Counter(len(p["local_ids"]) for p in world.people)
    assert 0.11 < counts[2] / len(world.people) < 0.19
    assert 0.015 < counts[3] / len(world.people) < 0.05


def national_numbers(world: Any, hospital: str) -> dict[str, str]:
    """Identity number by local id, from the raw registry."""
    if world.hospitals[hospital] == "synthea-csv":
        return {local: record.body["SSN"] for local, record in world.patients(hospital).items() if record.body["SSN"]}
    return {
        local: each["value"]
        for local, record in world.patients(hospital).items()
        for each in record.body["identifier"]
        if each["type"]["coding"][0]["code"] == "NI"
    }


def test_registries_carry_the_true_identity_number_or_none_but_for_listed_dirt(world: Any) -> None:
    for hospital in world.hospitals:
        registry, known = world.patients(hospital), national_numbers(world, hospital)
        for local, number in known.items():
            true = world.people[world.who[hospital, local]]["identity"]
            assert number == true or world.dirty[registry[local].place] == "identity_check_wrong"
        assert 0.9 < len(known) / len(registry) < 1


def test_some_registries_never_read_an_identity_number_that_exists(clean: Any) -> None:
    for hospital in clean.hospitals:
        known = national_numbers(clean, hospital)
        unread = [
            local
            for local in clean.patients(hospital)
            if local not in known and clean.people[clean.who[hospital, local]]["identity"]
        ]
        assert 0 < len(unread) < 0.05 * len(clean.patients(hospital))


def names(world: Any, hospital: str) -> dict[int, str]:
    """Name by person, from the raw registry."""
    found = {}
    for local, record in world.patients(hospital).items():
        body = record.body
        text = body["name"][0]["text"] if "name" in body else body["LAST"] + body["FIRST"]
        found[world.who[hospital, local]] = text.replace(" ", "")
    return found


def test_registries_differ_a_little_about_people_they_share(clean: Any) -> None:
    first, second = names(clean, "hospital-a"), names(clean, "hospital-b")
    shared = set(first) & set(second)
    differing = {number for number in shared if first[number] != second[number]}
    assert 0 < len(differing) < 0.4 * len(shared)


def test_some_phones_are_missing_and_some_addresses_are_old(clean: Any) -> None:
    registry = clean.patients("hospital-a")
    missing = sum("telecom" not in record.body for record in registry.values())
    assert 0 < missing < 0.15 * len(registry)
    home = {h: {clean.who[h, k]: r.body for k, r in clean.patients(h).items()} for h in ("hospital-a", "hospital-b")}
    shared = set(home["hospital-a"]) & set(home["hospital-b"])
    moved = [n for n in shared if home["hospital-a"][n]["address"] != home["hospital-b"][n]["address"]]
    assert 0 < len(moved) < 0.5 * len(shared)


def test_the_dead_are_dead_in_every_registry(clean: Any) -> None:
    for hospital in clean.hospitals:
        for local, record in clean.patients(hospital).items():
            died = record.body.get("deceasedDateTime") or record.body.get("DEATHDATE") or ""
            assert died == clean.people[clean.who[hospital, local]]["died"]


def test_diseases_of_the_truth_are_found_in_the_records(clean: Any) -> None:
    coded: dict[int, set[str]] = defaultdict(set)
    for hospital, patient, code in clean.diagnoses():
        coded[clean.who[hospital, patient]].add(code)
    codes = {"hypertension": HYPERTENSION, "type 2 diabetes": {"44054006"}, "Wilson disease": {"88518009"}}
    for person in clean.people:
        for name, possible in codes.items():
            if name in person["diseases"] and not person["died"]:
                assert coded[person["number"]] & possible
            if name not in person["diseases"]:
                assert not coded[person["number"]] & possible


def test_consents_cover_every_local_id_of_every_hospital(world: Any) -> None:
    assert set(world.consents) == set(world.hospitals)
    for hospital, forms in world.consents.items():
        assert set(forms) == set(world.patients(hospital))


def test_a_person_consents_to_the_same_everywhere(world: Any) -> None:
    for person in world.people:
        said = [world.consents[hospital][local] for hospital, local in person["local_ids"].items()]
        assert all(each == said[0] for each in said)


def test_most_permit_general_research_and_a_few_do_not(world: Any) -> None:
    counts = Counter(json.dumps(world.consents[h][local]) for (h, local) in world.who)
    total = sum(counts.values())
    forms = {(c["effect"], *c["purposes"]): n for text, n in counts.items() for c in json.loads(text)}
    assert set(forms) == {("permit", "DUO:0000042"), ("permit", "DJ:public-health"), ("deny", "*")}
    assert forms["permit", "DUO:0000042"] / total > 0.88
    assert 0.02 < forms["deny", "*"] / total < 0.065
    assert 0.01 < forms["permit", "DJ:public-health"] / total < 0.055
    assert all(c["recipients"] == ["*"] for text in counts for c in json.loads(text))


def test_no_name_stands_in_the_truth(world: Any) -> None:
    assert (world.folder / "truth.json").read_text("utf-8").isascii()


def test_a_used_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", "utf-8")
    with pytest.raises(Refused, match="not empty") as refusal:
        write_world(tmp_path, people=5)
    assert "非空" in refusal.value.zh
    assert digest(tmp_path).keys() == {"mine.txt"}


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", "utf-8")
    with pytest.raises(Refused):
        write_world(tmp_path / "out", people=5)


def test_an_empty_folder_and_missing_parents_are_welcome(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write_world(tmp_path / "empty", people=5)
    write_world(tmp_path / "a" / "b", people=5)
    assert digest(tmp_path / "empty") == digest(tmp_path / "a" / "b")


@pytest.mark.parametrize(("people", "hospitals"), [(0, 3), (-1, 3), (200_001, 3), (10, 0), (10, 27)])
def test_impossible_sizes_are_refused_before_anything_is_written(tmp_path: Path, people: int, hospitals: int) -> None:
    with pytest.raises(Refused, match="Ask for a number"):
        write_world(tmp_path / "w", people=people, hospitals=hospitals)
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("people", [1, 2, 13])
def test_a_tiny_world_can_be_written_and_read(open_world: Any, tmp_path: Path, people: int) -> None:
    write_world(tmp_path / "w", people=people)
    world = open_world(tmp_path / "w")
    assert len(world.people) == people
    assert sum(1 for _ in world.events()) >= people


def test_the_forms_go_round_when_there_are_more_hospitals(open_world: Any, tmp_path: Path) -> None:
    write_world(tmp_path / "w", people=80, hospitals=4)
    world = open_world(tmp_path / "w")
    assert list(world.hospitals.values()) == ["fhir-r4", "fhir-stu3", "synthea-csv", "fhir-r4"]
    assert world.patients("hospital-d")


def test_progress_is_told_to_the_end_of_every_stage(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    write_world(tmp_path / "w", people=250, progress=lambda *step: told.append(step))
    assert [step for step in told if step[0] == "people"] == [("people", n, 250) for n in (100, 200, 250)]
    assert told[3:] == [(f"hospital-{letter}", n, 3) for n, letter in enumerate("abc", 1)]


def test_the_generator_imports_nothing_of_dujiang() -> None:
    folder = Path(dujiang_synth.__file__).parent
    for module in folder.glob("*.py"):
        text = module.read_text("utf-8")
        assert "import dujiang\n" not in text
        assert "from dujiang " not in text
        assert "from dujiang." not in text
