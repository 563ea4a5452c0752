"""The contracts of the architecture hold, and nobody has quietly made them weaker."""

import pytest

from architecture.architecture_copy import CONFIG, ROOT, contracts, lint, listed, roots

# The path of the data, the last stage first; each may import only what stands below it.
PATH = [
    "doors",
    "gate",
    "settle",
    "release",
    "compute",
    "request",
    "consent",
    "register",
    "assess",
    "identify",
    "standardise",
    "collect",
    "ledger",
    "store",
    "act",
    "world",
    "errors | words",
]
STAGES = {f"dujiang.{name}" for layer in PATH for name in layer.split(" | ")} - {"dujiang.doors"}
OUTSIDE = {"sqlite3", "duckdb", "sqlalchemy", "starlette", "fastapi", "jinja2", "httpx", "uvicorn"}
UPSTREAM = STAGES - {f"dujiang.{name}" for name in ("gate", "act", "world", "errors", "words")}


def test_every_contract_of_the_architecture_holds() -> None:
    verdict = lint(ROOT)
    assert verdict.code == 0, verdict.text
    assert f"{len(contracts())} kept, 0 broken" in verdict.text


def test_the_layers_stand_in_the_order_of_the_design_and_none_is_optional() -> None:
    assert listed("path", "layers") == PATH
    assert listed("path", "containers") == ["dujiang"]


def test_a_package_nobody_placed_in_the_path_is_refused() -> None:
    assert listed("path", "exhaustive") == ["true"]


def test_only_the_log_and_the_wiring_may_touch_the_store() -> None:
    assert listed("store", "protected_modules") == ["dujiang.store"]
    assert set(listed("store", "allowed_importers")) == {"dujiang.ledger.log", "dujiang.doors.start"}


def test_no_stage_but_the_store_is_left_out_of_the_rule_against_input_and_output() -> None:
    assert set(listed("pure", "source_modules")) == STAGES - {"dujiang.store"}
    assert set(listed("pure", "forbidden_modules")) >= OUTSIDE


def test_the_only_import_any_contract_overlooks_is_the_logs_of_sqlalchemy() -> None:
    overlooked = [line for name, options in contracts().items() if "ignore_imports" in options for line in listed(name, "ignore_imports")]
    assert overlooked == ["dujiang.ledger.log -> sqlalchemy"]


def test_the_web_and_the_command_line_speak_only_to_the_gate() -> None:
    assert set(listed("doorsonlygate", "source_modules")) >= {"dujiang.doors.api", "dujiang.doors.desk", "dujiang.doors.cli"}
    assert set(listed("doorsonlygate", "forbidden_modules")) == UPSTREAM


def test_the_doors_that_can_stand_alone_do() -> None:
    assert set(listed("doors", "modules")) >= {f"dujiang.doors.{name}" for name in ("api", "link", "calls", "proofs")}


def test_no_stage_is_left_out_of_the_rule_against_knowing_an_application() -> None:
    assert set(listed("house", "source_modules")) == STAGES
    assert set(listed("house", "forbidden_modules")) == set(roots()) - {"dujiang"}


def test_every_package_of_the_source_and_every_application_is_read_and_kept_apart_from_the_house() -> None:
    packages = {folder.parent.name for place in ("src", "apps/*") for folder in ROOT.glob(f"{place}/*/__init__.py")} - {"tests"}
    assert set(roots()) == packages
    assert set(listed("apps", "source_modules")) == packages - {"dujiang"}
    assert listed("apps", "forbidden_modules") == ["dujiang"]


def test_an_application_and_the_house_may_not_even_meet_by_way_of_a_third() -> None:
    assert {name for name, options in contracts().items() if "allow_indirect_imports" in options} == {"pure", "doorsonlygate"}


def test_cycles_are_looked_for_in_every_package() -> None:
    assert set(listed("acyclic", "ancestors")) == set(roots())


@pytest.mark.parametrize("weaker", ["exclude_type_checking_imports", "unmatched_ignore_imports_alerting", "skip_descendants"])
def test_no_option_that_weakens_a_contract_is_set(weaker: str) -> None:
    assert weaker not in CONFIG.read_text()
