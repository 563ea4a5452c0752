"""What no map can say is refused with the map's name, line and column, in both languages; and nothing a map holds becomes SQL."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.errors import Malformed
from dujiang.standardise.mapping import maps
from dujiang.standardise.tables.compiling import compiled
from dujiang.standardise.tables.document import read_document
from dujiang.standardise.tables.expressions import Scope, made
from dujiang.standardise.tables.functions import FUNCTIONS, NUMBERS
from dujiang.standardise.tables.grammar import Place, parse
from dujiang.standardise.tables.slots import into, targets

GOOD = """map: m
tables:
  - table: t
    to: person
    key: id
    columns:
      born: b
"""


def refused(text: str) -> Malformed:
    with pytest.raises(Malformed) as found:
        compiled(text)
    return found.value


def at(error: Malformed) -> tuple[str, int, int]:
    return error.rule, int(error.facts["line"]), int(error.facts["column"])


DOCUMENTS = [
    ("", ("map.mapping", 1, 1)), ("[1]", ("map.mapping", 1, 1)), ("a: b", ("map.name", 1, 1)), ("map: m\ntables: []\n", ("map.tables", 2, 9)), ("map: {\n", ("map.yaml", 2, 1)),
    (GOOD.replace("to: person", "to: patient"), ("map.target", 4, 9)), (GOOD.replace("    to: person\n", ""), ("map.needs", 3, 5)),
    (GOOD.replace("born: b", "sex: b"), ("map.lacks", 7, 7)), (GOOD.replace("born: b", "born: b\n      bom: c"), ("map.slot", 8, 12)),
    (GOOD.replace("born: b", "born: b\n      birth_datetime: c"), ("map.slot", 8, 23)), (GOOD.replace("    key: id\n", ""), ("map.keyless", 3, 5)),
    (GOOD.replace("table: t", "table: \"it's\""), ("map.table", 3, 12)), (GOOD + "      born: c\n", ("map.name", 8, 7)), (GOOD.replace("born: b", "born: &x b"), None),
    (GOOD.replace("born: b", "born: *x"), ("map.alias", 1, 1)), (GOOD.replace("born: b", "born: !!python/name:os.system b"), ("map.alias", 1, 1)),
    (GOOD.replace("key: id", "key: id\n    join: {a: {table: x, on: {}}}"), ("map.join", 6, 15)), (GOOD.replace("born: b", "born: [a]"), ("map.text", 7, 13)),
    (GOOD.replace("born: b", "born: b\n      sex: B"), ("map.alike", 3, 5)), ("layouts: {t: {a: 9-2}}\n" + GOOD, ("map.places", 1, 18)),
    ("map: \"" + "x" * 300_000 + "\"", ("map.long", 1, 1)), ("[" * 3000, None),
]


@pytest.mark.parametrize(("text", "where"), DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_a_document_that_is_no_map_is_refused_where_it_is_wrong(text: str, where: tuple[str, int, int] | None) -> None:
    if where is None and "&x" in text:
        assert compiled(text).maps  # a name that nothing refers to does no harm
        return
    error = refused(text)
    assert where is None or at(error) == where
    assert all(str(error.facts[name]) in said for name in ("line", "column") for said in (error.en, error.zh))


PLACES = [
    ("b ;", "sign", 3), ("b c", "rest", 3), ("'x", "sign", 1), ("f(b)", "function", 1), ("number()", "arguments", 1), ("number(b, b)", "arguments", 1), ("(b", "expected", 3),
    ("case end", "expected", 6), ("case when b then c", "expected", 19), ("b =", "value", 4), ("left(b, c)", "whole", 9), ("left(b, 1.5)", "whole", 9),
    ("replace(b, c, 'x')", "written", 12), ("lookup('none', b)", "lookup", 8), ("date(b, 'ydm')", "order", 9), ("code('KLINGON', b)", "system", 6), ("x.b", "alias_unknown", 1),
    ("b = 'x'", "type", 3), ("code('ICD10', b)", "type", 1), ("each_value()", "each", 1), ("case when b then c end", "condition", 11), ("not b", "condition", 5),
    ("coalesce(b, code('ICD10', c))", "mixed", 1), ("b in ()", "expected", 3), ("concat(b = c)", "type", 10), ("((" * 50 + "b" + "))" * 50, "deep", 41), ("b" * 5000, "long", 1),
    ("b -- c", "sign", 3), ("b; DROP TABLE person", "sign", 2), ("b::int", "sign", 2), ("$1", "sign", 1), ("(SELECT 1)", "expected", 9),
]


@pytest.mark.parametrize(("expression", "rule", "column"), PLACES, ids=range(len(PLACES)))
def test_an_expression_is_refused_at_its_column(expression: str, rule: str, column: int) -> None:
    error = refused(GOOD.replace("born: b", "born: >-\n        " + expression if ": " in expression or expression.startswith("'") or "#" in expression else f"born: {expression}"))
    assert error.rule == f"map.{rule}"
    if not expression.startswith("'"):
        assert at(error)[1:] == (7, 12 + column)


def test_inside_quotation_marks_the_column_is_counted_from_the_text() -> None:
    assert at(refused(GOOD.replace("born: b", 'born: "b ;"'))) == ("map.sign", 7, 16)


@pytest.mark.parametrize("text", [
    GOOD + "  - {table: u, to: person, key: id, columns: {born: b}}\n  - {table: e, to: observation, columns: {person: p, code: c}}\n",
    GOOD + "  - {table: e, to: observation, columns: {person: \"person(p, 'z')\", code: c}}\n",
])
def test_which_person_is_meant_must_be_said_where_several_tables_have_some(text: str) -> None:
    assert refused(text).rule == "map.which"


def test_no_error_repeats_what_a_lookup_says() -> None:
    """A look-up may list what records say."""
    error = refused("lookups: {s: {张三: x}}\n" + GOOD.replace("born: b", "born: lookup('t', b)"))
    assert "张三" not in error.en + error.zh + str(error.facts)


HOSTILE = st.sampled_from(["'", '"', ";", "--", "/*", "\\", "{", "}", "$", "%s", "{0}", "\u2028", "a", "诊", " ", "(", ")", ".", "|", "case", "end", "or", "1"])


@settings(max_examples=300, deadline=None)
@given(st.lists(HOSTILE, max_size=12).map("".join) | st.text(max_size=20))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        node = parse(text, Place(map="m"))
        made(node, Scope())
    except Malformed as error:
        assert error.rule.startswith("map.")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.builds(lambda a, b: GOOD[:a] + b + GOOD[a:], st.integers(0, len(GOOD)), st.text(max_size=8)))
def test_any_text_is_a_map_or_refused(text: str) -> None:
    try:
        compiled(text)
    except Malformed as error:
        assert error.rule.startswith("map.")


@pytest.mark.parametrize("target", targets())
def test_every_target_fills_itself_and_needs_a_person(target: str) -> None:
    assert into(target)[0][0] == target
    assert target == "person" or any(slot.name == "person" and slot.required for slot in targets()[target])


def test_every_function_that_takes_a_whole_number_is_known() -> None:
    assert set(NUMBERS) <= set(FUNCTIONS) and maps("tables") == ()


def test_a_map_is_read_with_its_name() -> None:
    assert read_document(GOOD).name == "m" and compiled(GOOD).needs == {"t": ("id", "b")}
