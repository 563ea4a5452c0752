"""What is no view is refused with its place and in both languages; what is made to do harm is refused or does none."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import Malformed
from dujiang.standardise.views import refusals, syntax, tokens
from dujiang.standardise.views.compile import FUNCTIONS
from dujiang.standardise.views.statement import Relation, statement
from dujiang.standardise.views.view import MOST_COLUMNS, view
from standardise.standardise_views_run import Json, rows_of, tables, value_of, view_of

BO: Json = {"resourceType": "Patient", "id": "bo", "gender": "male", "name": [{"family": "X", "given": ["a", "b"]}]}
COLUMN: Json = {"name": "v", "path": "id"}


def select(**said: object) -> Json:
    return {"resource": "Patient", "select": [said]}


def refusal(definition: object) -> Malformed:
    with pytest.raises(Malformed) as found:
        statement(view(definition))
    return found.value


@pytest.mark.parametrize(("definition", "place"), [
    (None, "$"), ([], "$"), ({}, "$.resource"), ({"select": [{"column": [COLUMN]}]}, "$.resource"), ({"resource": "Patient"}, "$.select"),
    ({"resource": "Patient", "select": []}, "$.select"), ({"resource": "patient'; --", "select": [{"column": [COLUMN]}]}, "$.resource"),
    ({"resource": "Patient", "selects": []}, "$.selects"), (select(), "$.select"), (select(columns=[COLUMN]), "$.select[0]"), (select(column=COLUMN),
    "$.select[0].column"),
    (select(column=[{"name": "v"}]), "$.select[0].column[0]"), (select(column=[{**COLUMN, "colection": True}]), "$.select[0].column[0]"),
    (select(column=[{**COLUMN, "collection": "yes"}]), "$.select[0].column[0].collection"), (select(column=[{**COLUMN, "path": 1}]), "$.select[0].column[0].path"),
    (select(forEach="name", forEachOrNull="name", column=[COLUMN]), "$.select[0]"), (select(forEach="name", repeat=["name"], column=[COLUMN]), "$.select[0]"),
    (select(select=[{"column": [COLUMN]}, {"repeat": "item"}]), "$.select[0].select[1].repeat"), (select(column=[{**COLUMN, "type": "nonsense"}]), "$.select[0]"),
    (select(column=[COLUMN, COLUMN]), "$.select"), (select(column=[COLUMN, {**COLUMN, "name": "V"}]), "$.select"),
    (view_of("Patient", COLUMN, where="id"), "$.where"), (view_of("Patient", COLUMN, where=[{"pth": "id"}]), "$.where[0]"),
    (view_of("Patient", COLUMN, constant=[{"name": "c"}]), "$.constant[0]"), (view_of("Patient", COLUMN, constant=[{"name": "resource",
    "valueCode": "x"}]), "$.constant[0]"),
    (view_of("Patient", COLUMN, constant=[{"name": "c", "valueCode": "x", "valueString": "x"}]), "$.constant[0]"),
    (view_of("Patient", COLUMN, constant=[{"name": "c", "valueCoding": {}}]), "$.constant[0]"),
    (view_of("Patient", COLUMN, constant=[{"valueCode": "x"}]), "$.constant[0]"),
    (view_of("Patient", COLUMN, constant=[{"name": "c", "valueInteger": 1.5}]), "$.constant[0]"), (view_of("Patient", COLUMN, constant=[{"name": "c",
    "valueBoolean": 1}]), "$.constant[0]"),
    (view_of("Patient", COLUMN, constant=[{"name": "c", "valueInteger": True}]), "$.constant[0]"), (view_of("Patient", COLUMN, constant=[{"name": "c",
    "valueCode": 1}]), "$.constant[0]"),
    (view_of("Patient", COLUMN, constant=[{"name": "c", "valueDecimal": "1e9"}]), "$.constant[0]"), (view_of("Patient", COLUMN, constant=[7]), "$.constant[0]"),
    (view_of("Patient", COLUMN, constant=[{"name": "c", "valueCode": "x"}] * 2), "$.constant"),
])
def test_what_is_no_view_is_refused_with_its_place(definition: object, place: str) -> None:
    found = refusal(definition)
    assert found.rule == "view.form"
    assert found.facts["place"] == place
    assert found.zh != found.en


def test_what_describes_a_view_is_allowed_and_changes_nothing() -> None:
    about = {"resourceType": "ViewDefinition", "id": "x", "url": "urn:x", "status": "draft", "title": "T", "fhirVersion": ["4.0.1"], "description": "d"}
    assert statement(view({**about, **select(column=[COLUMN])})) == statement(view(select(column=[COLUMN])))
    assert statement(view({**select(column=[COLUMN]), "name": "people"})).plan.target == "people"


@pytest.mark.parametrize("path", [
    "", " ", "@@", "name.", ".name", "name..family", "name(", "name)", "(name", "name[", "name[]", "name[1", "'x", "'\\q'", "'\\u00g0'", "`x", "1 +",
    "+", "= 1", "a b", "a,b", "#",
    "name.where(use =", "a = = b", "@2020-1", "@20", "%", "$that", "{1}", "/* open", "a is", "a is 1", "name\x00family", "\U0001f600",
])
def test_what_is_no_fhirpath_is_refused(path: str) -> None:
    found = refusal(view_of("Patient", path))
    assert found.rule == "view.path"
    assert "\x00" not in found.en


@pytest.mark.parametrize(("path", "why"), [
    ("resolve()", "not a function"), ("memberOf('x')", "not a function"), ("name.frist()", "did you mean `first`"), ("name.first(1)", "given 1 arguments"),
    ("name.where()", "given 0 arguments"), ("substring()", "given 0 arguments"), ("%nothing", "not defined"), ("$index", "no meaning here"), ("$total",
    "no meaning here"),
    ("gender.ofType(Nonsense)", "a type that FHIR does not have"), ("gender.ofType('x')", "a type that FHIR does not have"), ("gender is Foo.string",
    "a type that FHIR does not have"),
    ("gender.ofType(System.Foo)", "a type that FHIR does not have"), ("gender + 1", "needs a number"), ("active + 1", "needs a number"),
    ("gender.abs()", "needs a number"),
    ("active.upper()", "needs a text"), ("gender | 1", "different kinds"), ("iif(active, 'a', 1)", "different kinds"), ("iif('a', 'b')", "true or false"),
    ("birthDate + 1", "only a duration"), ("birthDate + birthDate", "only a duration"), ("name.given.first() * 2", "needs a number"),
    ("name.given.allTrue()", "no booleans"),
    ("birthDate.lowBoundary('x')", "written out"), ("gender.lowBoundary()", "a boundary is that of"), ("gender.precision()", "`precision` is that of"),
    ("1.5.round(10)", "0 to 9 places"),
    ("gender.matches('(')", "cannot be read"), ("gender.replaceMatches('a', gender)", "written out"), ("gender.getReferenceKey()", "needs a Reference"),
    ("name.first().join()", "needs a text"), ("deceased.where(true)", "say which type"), ("deceased | gender", "say which type"), ("id + 1", "needs a number"),
    ("extension.value", "say which type"), ("deceased = deceased", "say which type"), ("name.first() > name.first()", "has an order"), ("name[gender]",
    "needs a number"),
])
def test_what_lies_outside_the_subset_is_refused_by_name(path: str, why: str) -> None:
    found = refusal(view_of("Patient", path))
    assert found.rule == "view.path"
    assert why in found.en


@pytest.mark.parametrize("tag", [
    {"name": "ansi/type", "value": "INTEGER); DROP TABLE landed; --"}, {"name": "ansi/type", "value": "BLOB"}, {"name": "ansi/type", "value": "DECIMAL(99, 1)"},
    {"name": "ansi/type", "value": "DECIMAL(5, 9)"}, {"name": "dujiang/fields", "value": "family; DROP"}, {"name": "dujiang/fields", "value": ""},
    {"name": "dujiang/fields", "value": "nothing"}, {"name": "dujiang/fields", "value": "extension.value"},
])
def test_a_tag_that_asks_for_what_cannot_be_made_is_refused(tag: Json) -> None:
    path = "name.first()" if tag["name"] == "dujiang/fields" else "gender"
    refusal(view_of("Patient", {"name": "v", "path": path, "tag": [tag]}))


@pytest.mark.parametrize("path", ["gender", "deceased", "1", "name.family", "{}"])
def test_a_structure_of_what_is_none_is_refused(path: str) -> None:
    refusal(view_of("Patient", {"name": "v", "path": path, "tag": [{"name": "dujiang/fields", "value": "family"}]}))


HARM = ["'); DROP TABLE landed; --", "' OR '1'='1", '"; SELECT 1; --', "'' || (SELECT 1)", "\\", "\\'", "{0} {x} %s $1", "/*", "--", "\n", "张😀",
"a\u2028b", "dujiang:view.many:x"]


@pytest.mark.parametrize("text", HARM)
def test_text_of_a_view_is_text_wherever_it_stands(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    record = {**BO, "gender": text, "name": [{"use": text, "family": "found"}], "extension": [{"url": text, "valueString": "e"}]}
    view = view_of(
        "Patient", {"name": "a", "path": f"'{escaped}'"}, {"name": "b", "path": f"name.where(use = '{escaped}').family"}, {"name": "c",
        "path": f"extension('{escaped}').value.ofType(string)"},
        {"name": "d", "path": "gender = %c"}, {"name": "e", "path": f"gender.replace('{escaped}', '{escaped}')"}, {"name": "f",
        "path": f"gender.replaceMatches('^', '{escaped}')"},
        constant=[{"name": "c", "valueString": text}], where=[{"path": f"gender = '{escaped}'"}],
    )
    row = rows_of(view, [record, BO])[0]
    assert [row[name] for name in "abcde"] == [text, "found", "e", True, text]


@pytest.mark.parametrize("name", ["a b", "a-b", "a'b", 'a"b', "1a", "", "é", "a;", "a" * 300, "_x"])
def test_a_columns_name_is_a_plain_word(name: str) -> None:
    assert refusal(view_of("Patient", {"name": name, "path": "id"})).rule == "view.form"


@pytest.mark.parametrize("name", ["a'b", 'a"b', "a b", "a.b", "", "a);", "é", "/x", "~1"])
def test_an_elements_name_is_a_plain_word_even_in_quotes(name: str) -> None:
    assert refusal(view_of("Patient", f"`{name}`.x" if name else "``.x")).rule == "view.path"


@pytest.mark.parametrize("name", ["select", "from", "table", "u", "r", "c0", "v1", "records", "rows", "order"])
def test_words_of_sql_may_be_names_of_columns_and_elements(name: str) -> None:
    assert rows_of(view_of("Patient", {"name": name, "path": f"`{name}`.first()"}), [{**BO, name: ["x"]}]) == [{name: "x"}]


def test_names_that_differ_in_capitals_alone_cannot_both_be_read() -> None:
    assert "capitals" in refusal(view_of("Patient", "name.exists() and Name.exists()")).en


@pytest.mark.parametrize("definition", [
    view_of("Patient", "(" * 60 + "id" + ")" * 60), view_of("Patient", "name.where(" * 60 + "true" + ")" * 60), view_of("Patient", " + ".join(["1"] * 200)),
    view_of("Patient", ".".join(["a"] * 200)), view_of("Patient", "'" + "x" * 20_000 + "'"), view_of("Patient", "-" * 20_000 + "1"),
    view_of("Patient", *({"name": f"c{n}", "path": "id"} for n in range(MOST_COLUMNS + 1))),
], ids=["brackets", "calls", "operators", "steps", "text", "signs", "columns"])
def test_what_is_too_large_is_refused_at_once(definition: Json) -> None:
    assert refusal(definition).rule == "view.too_large"


def test_selects_too_deep_are_refused_without_recursion() -> None:
    deep: dict[str, Any] = {"column": [COLUMN]}
    for _ in range(5_000):
        deep = {"select": [deep]}
    assert refusal({"resource": "Patient", "select": [deep]}).rule == "view.too_large"


def test_as_deep_as_is_allowed_still_runs() -> None:
    path = "(" * 35 + "name.where(given.exists()).family" + ")" * 35
    assert value_of(path, BO) == "X"
    assert value_of(" and ".join(["name.exists()"] * 40), BO) is True
    assert value_of("iif(true, " * 30 + "'a'" + ")" * 30, BO) == "a"
    assert value_of("name" + ".where(true)" * 38 + ".family", BO) == "X"
    deep: dict[str, Any] = {"column": [COLUMN]}
    for _ in range(18):
        deep = {"select": [deep]}
    assert rows_of({"resource": "Patient", "select": [deep]}, [BO]) == [{"v": "bo"}]


def test_each_of_each_of_each_still_runs() -> None:
    deep: dict[str, Any] = {"column": [{"name": "v", "path": "%resource.id"}]}
    for _ in range(15):
        deep = {"forEach": "$this", "select": [deep]}
    assert rows_of({"resource": "Patient", "select": [deep]}, [BO]) == [{"v": "bo"}]


def test_the_widest_view_compiles_and_runs() -> None:
    columns = [{"name": f"c{n}", "path": f"name.where(given = 'g{n}').family"} for n in range(300)]
    assert list(rows_of(view_of("Patient", *columns), [BO])[0].values()) == [None] * 300


def test_a_body_that_is_no_json_makes_no_row_and_stops_nothing() -> None:
    with tables() as frames:
        bodies = ["{", "", "null", "[1]", '"x"', "7", json.dumps(BO)]
        frames.load("landed", {"kind": "VARCHAR", "body": "VARCHAR"}, [{"kind": "Patient", "body": body} for body in [*bodies, None]])
        found = frames.rows(statement(view(view_of("Patient", "id", where=[{"path": "id.exists()"}]))).plan.sql())
        assert found == [("bo",)]


def test_a_message_of_the_engine_that_is_not_ours_is_not_taken_for_ours() -> None:
    assert refusals.at_run_time("Out of Memory Error") is None
    assert refusals.at_run_time("Invalid Input Error: dujiang:view.unheard:x") is None


def test_what_stops_at_run_time_says_so_in_both_languages() -> None:
    for rule in ("view.many", "view.boolean", "view.repeat_depth", "view.repeat_rows"):
        found = refusals.at_run_time(f"Invalid Input Error: {refusals.mark(rule, 'name.given')}\n\nLINE 1: …")
        assert found is not None and found.rule == rule
        assert "`name.given`" in found.en and "`name.given`" in found.zh


def test_a_path_in_a_message_is_one_short_line() -> None:
    assert refusals.short("a\n\tb\x00c") == "a b?c" or refusals.short("a\n\tb\x00c") == "a??b?c"
    assert len(refusals.short("x" * 999)) == 120


def test_no_refusal_holds_a_value_of_a_record() -> None:
    secret = {"resourceType": "Patient", "id": "s", "name": [{"family": "Geheim"}, {"family": "Verborgen"}]}
    with pytest.raises(Malformed) as found:
        rows_of(view_of("Patient", "name.family"), [secret])
    assert not any(word in str(found.value) + found.value.zh + str(found.value.facts) for word in ("Geheim", "Verborgen"))
    assert found.value.__suppress_context__


def test_every_function_says_what_it_is_for_and_how_many_arguments_it_takes() -> None:
    assert all(f.says and 0 <= f.least <= f.most for f in FUNCTIONS.values())


def test_the_relations_names_are_the_callers_own() -> None:
    sql = statement(view(view_of("Patient", "id")), Relation(table="elsewhere", body="json", kind="type")).plan.sql()
    assert "FROM elsewhere WHERE type = 'Patient'" in sql and "from_json(json," in sql


@given(st.text(alphabet="abn.()[]'`%$@=<>&|+-*/0127 {},\\\n\"", max_size=40) | st.text(max_size=20))
def test_any_text_is_a_path_or_refused(path: str) -> None:
    try:
        assert isinstance(syntax.parse(path), syntax.Node)
        assert tokens.tokens(path)[-1].kind == tokens.END
        statement(view(view_of("Patient", path)))
    except Malformed as refused:
        assert refused.rule in ("view.path", "view.too_large")


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["resource", "select", "column", "name", "path", "forEach", "forEachOrNull", "repeat", "unionAll", "where", "constant",
        "valueCode", "tag", "type"]),
        inner, max_size=4),
    max_leaves=15,
))
def test_any_json_is_a_view_or_refused(definition: object) -> None:
    try:
        statement(view(definition))
    except Malformed as refused:
        assert refused.rule.startswith("view.") or refused.rule == "plan.columns"
