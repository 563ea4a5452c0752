"""The HTTP door's description of itself: a route and an entry for every act, and a document that holds together."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import msgspec
import pytest

from doors.doors_house import Open, path
from dujiang.act import Act
from dujiang.gate.acts import ACTS


@pytest.fixture
def document(party: Open) -> dict[str, Any]:
    found: dict[str, Any] = party.http.get("/openapi.json").json()
    return found


def acts_of(party: Open) -> list[Act]:
    return [a for a in ACTS.values() if party.running.config.place in a.where]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def test_every_act_of_the_place_has_its_route_by_the_right_method_and_no_other(party: Open, document: dict[str, Any]) -> None:
    wanted = {path(a.name): "get" if a.look else "post" for a in acts_of(party)} | {"/health": "get"}
    assert {at: next(iter(methods)) for at, methods in document["paths"].items()} == wanted
    assert all(len(methods) == 1 for methods in document["paths"].values())


def test_every_entry_says_what_the_act_does_in_both_languages_and_who_may(party: Open, document: dict[str, Any]) -> None:
    for act in acts_of(party):
        entry = document["paths"][path(act.name)]["get" if act.look else "post"]
        assert (entry["summary"], entry["description"], entry["x-who"]) == (act.says.en, act.says.zh, sorted(act.who))


def test_an_acts_arguments_are_described_where_they_are_given(party: Open, document: dict[str, Any]) -> None:
    for act in acts_of(party):
        entry = document["paths"][path(act.name)]["get" if act.look else "post"]
        fields = {f.encode_name: f.required for f in msgspec.structs.fields(act.takes)}
        if act.look:
            assert {p["name"]: p["required"] for p in entry["parameters"]} == fields
        else:
            shape = resolve(document, entry["requestBody"]["content"]["application/json"]["schema"])
            assert set(shape["properties"]) == set(fields)
            assert set(shape.get("required", [])) == {name for name, needed in fields.items() if needed}
            assert [p["name"] for p in entry["parameters"]] == ["Idempotency-Key"]


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    found = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert found
    for reference in found:
        assert reference.startswith("#/") and resolve(document, {"$ref": reference})


def test_the_document_has_the_shape_of_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.") and document["info"]["title"] and document["info"]["version"]
    ids = [o["operationId"] for o in operations(document)]
    assert len(ids) == len(set(ids))
    for operation in operations(document):
        assert all(r.get("description") or "$ref" in r for r in operation["responses"].values()) and "200" in operation["responses"]
        for parameter in operation.get("parameters", []):
            assert parameter["in"] in ("query", "header") and parameter["schema"]["type"] == "string"
    schemes = {name for o in operations(document) for one in o.get("security", []) for name in one}
    assert schemes == set(document["components"]["securitySchemes"])


def test_a_validator_of_openapi_accepts_the_document_where_one_is_installed(document: dict[str, Any]) -> None:
    if find_spec("openapi_spec_validator") is None:
        pytest.skip("openapi-spec-validator is not installed")
    from openapi_spec_validator import validate

    validate(document)


def test_only_what_the_public_may_do_is_described_as_open_without_a_token(party: Open, document: dict[str, Any]) -> None:
    for act in acts_of(party):
        entry = document["paths"][path(act.name)]["get" if act.look else "post"]
        assert ({} in entry["security"]) == ("public" in act.who)


def test_the_document_is_json_without_surprises(party: Open) -> None:
    text = party.http.get("/openapi.json").text
    assert json.loads(text, parse_constant=lambda c: pytest.fail(c))
    assert str(party.running.folder) not in text
