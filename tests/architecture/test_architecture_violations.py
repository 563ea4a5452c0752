"""Every contract catches a deliberate violation, written into a copy of the source and linted with the project's own configuration."""

from itertools import combinations, permutations, product
from pathlib import Path

import pytest

from architecture.architecture_copy import Copy, contracts, lint, listed, roots

# For each contract, one fault of the kind it is there for: who imports, and what.
FAULTS = {
    "path": [("dujiang.collect", "dujiang.gate.perform")],
    "store": [("dujiang.compute", "dujiang.store.frames")],
    "pure": [("dujiang.assess", "duckdb")],
    "doors": [("dujiang.doors.api", "dujiang.doors.link")],
    "doorsonlygate": [("dujiang.doors.desk", "dujiang.compute.tasks")],
    "apps": [("census", "dujiang.words")],
    "house": [("dujiang.gate", "census.app")],
    "acyclic": [("dujiang.settle.ford", "dujiang.settle.weir"), ("dujiang.settle.weir", "dujiang.settle.ford")],
}


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def refused(copy: Copy, contract: str) -> str:
    """What the linter says of the contract; it must be broken, not merely unread."""
    verdict = lint(copy.root, contract)
    assert verdict.code == 1, verdict.text
    assert verdict.broken() == {contracts()[contract]["name"]}, verdict.text
    return verdict.text


def unseen(copy: Copy, contract: str, told: list[str]) -> list[str]:
    """The faults the linter does not name."""
    assert told
    lines = {line.strip(" -").split(" (l.")[0] for line in refused(copy, contract).splitlines()}
    return [fault for fault in told if fault not in lines]


def test_every_contract_has_a_deliberate_violation() -> None:
    assert set(FAULTS) == set(contracts())


def test_the_copy_passes_before_it_is_spoilt(copy: Copy) -> None:
    verdict = lint(copy.root)
    assert verdict.code == 0, verdict.text


@pytest.mark.parametrize("contract", FAULTS)
def test_one_violating_import_breaks_the_contract_by_name(copy: Copy, contract: str) -> None:
    for importer, imported in FAULTS[contract]:
        copy.import_into(importer, imported)
    verdict = lint(copy.root)
    assert verdict.code == 1
    assert contracts()[contract]["name"] in verdict.broken(), verdict.text


@pytest.mark.parametrize(
    "code",
    [
        "from dujiang.gate import perform",
        "from ..gate import perform",
        "def later() -> None:\n    from dujiang.gate import perform",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from dujiang.gate import perform",
        "try:\n    from dujiang.gate import perform\nexcept ImportError:\n    pass",
    ],
    ids=["from", "relative", "in a function", "for types only", "in a try"],
)
def test_an_import_upstream_is_caught_however_it_is_written(copy: Copy, code: str) -> None:
    module = copy.write("dujiang.collect", code)
    assert f"{module} -> dujiang.gate.perform" in refused(copy, "path")


def test_every_layer_is_refused_every_layer_above_it(copy: Copy) -> None:
    layers = [layer.split(" | ") for layer in listed("path", "layers")]
    told = [copy.import_into(f"dujiang.{low}", f"dujiang.{high}") for above, below in combinations(layers, 2) for high, low in product(above, below)]
    assert unseen(copy, "path", told) == []


def test_words_and_errors_are_refused_each_other(copy: Copy) -> None:
    told = [copy.import_into("dujiang.words", "dujiang.errors"), copy.import_into("dujiang.errors", "dujiang.words")]
    assert unseen(copy, "path", told) == []


def test_a_package_outside_the_path_is_refused(copy: Copy) -> None:
    copy.add_package("dujiang.canal")
    assert "dujiang.canal" in refused(copy, "path")


def test_nobody_but_the_log_and_the_wiring_may_import_the_store(copy: Copy) -> None:
    layers = [name for layer in listed("path", "layers") for name in layer.split(" | ") if name != "store"]
    doors = ["doors.api", "doors.cli", "doors.link", "ledger.tree"]
    told = [copy.import_into(f"dujiang.{name}", "dujiang.store.control") for name in layers + doors]
    assert unseen(copy, "store", told) == []


@pytest.mark.parametrize("contract", ["pure", "doorsonlygate", "apps", "house"])
def test_every_forbidden_import_of_every_module_is_caught(copy: Copy, contract: str) -> None:
    pairs = product(listed(contract, "source_modules"), listed(contract, "forbidden_modules"))
    told = [copy.import_into(importer, imported) for importer, imported in pairs]
    assert unseen(copy, contract, told) == []


def test_the_log_may_import_sqlalchemy_but_nothing_else_of_the_outside(copy: Copy) -> None:
    told = [copy.import_into("dujiang.ledger.log", imported) for imported in listed("pure", "forbidden_modules")]
    assert unseen(copy, "pure", told) == ["dujiang.ledger.log -> sqlalchemy"]


def test_every_door_that_stands_alone_is_refused_every_other(copy: Copy) -> None:
    told = [copy.import_into(one, other) for one, other in permutations(listed("doors", "modules"), 2)]
    assert unseen(copy, "doors", told) == []


@pytest.mark.parametrize("package", roots())
def test_a_cycle_is_caught_in_every_package(copy: Copy, package: str) -> None:
    copy.import_into(f"{package}.ford", f"{package}.weir")
    copy.import_into(f"{package}.weir", f"{package}.ford")
    assert f"No cycles are allowed in {package}." in refused(copy, "acyclic")
