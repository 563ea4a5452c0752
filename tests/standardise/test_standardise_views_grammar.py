"""The grammar of paths, what FHIR says of elements, and the structures that are read: the parts a view is compiled from."""

import json
from typing import Any

import pytest

from dujiang.errors import Malformed
from dujiang.standardise.plan import Column, Plan, literal, quoted
from dujiang.standardise.views import elements
from dujiang.standardise.views.elements import Element, element, is_a
from dujiang.standardise.views.repeating import descends
from dujiang.standardise.views.shapes import Shape, field_of, is_simple
from dujiang.standardise.views.syntax import Binary, Call, Index, Literal, Name, Node, Sign, TypeTest, Variable, parse, type_name
from dujiang.standardise.views.tokens import tokens


def written(node: Node) -> str:
    """A tree with every bracket."""
    match node:
        case Binary(op, left, right):
            return f"({written(left)} {op} {written(right)})"
        case TypeTest(op, value, type):
            return f"({written(value)} {op} {type})"
        case Sign(value):
            return f"-{written(value)}"
        case Name(name, base):
            return f"{written(base)}.{name}" if base else name
        case Call(name, args, base):
            return (f"{written(base)}." if base else "") + f"{name}({', '.join(map(written, args))})"
        case Index(base, place):
            return f"{written(base)}[{written(place)}]"
        case Variable(name):
            return name if name.startswith("$") else f"%{name}"
        case Literal(type, text, unit):
            return f"{text}<{unit}>" if type == "Quantity" else text if type else "{}"
    raise AssertionError(node)


class TestPaths:
    @pytest.mark.parametrize(("path", "tree"), [
        ("a or b and c", "(a or (b and c))"), ("a and b or c", "((a and b) or c)"), ("a implies b or c", "(a implies (b or c))"), ("a or b xor c",
        "((a or b) xor c)"),
        ("a = b and c", "((a = b) and c)"), ("a < b = c", "((a < b) = c)"), ("a in b and c contains d", "((a in b) and (c contains d))"),
        ("a in b = c", "(a in (b = c))"),
        ("a | b < c", "((a | b) < c)"), ("a | b | c", "((a | b) | c)"), ("a is B | c", "((a is B) | c)"), ("a + b is C", "((a + b) is C)"),
        ("a - b + c", "((a - b) + c)"),
        ("a + b * c", "(a + (b * c))"), ("a & b * c", "(a & (b * c))"), ("a * b div c mod d", "(((a * b) div c) mod d)"), ("-a * b", "(-a * b)"),
        ("a - -b", "(a - -b)"),
        ("-a.b", "-a.b"), ("- - a", "a"), ("+a", "a"), ("(a or b) and c", "((a or b) and c)"), ("a.b[0].c", "a.b[0].c"), ("a[b[0]]", "a[b[0]]"),
        ("a.where(b = c).d", "a.where((b = c)).d"), ("f(a, b + c)", "f(a, (b + c))"), ("a.f().g()", "a.f().g()"), ("$this.a", "$this.a"), ("%a.b",
        "%a.b"), ("%`a-b`", "%a-b"),
        ("a as B.c", "(a as B.c)"), ("(a as B).c", "(a as B).c"), ("a is FHIR.B", "(a is FHIR.B)"), ("a.contains(b)", "a.contains(b)"), ("a.div",
        "a.div"), ("a.is(B)", "a.is(B)"),
        ("1 year", "1<year>"), ("2 days", "2<day>"), ("3 'mg'", "3<mg>"), ("1.5", "1.5"), ("{}", "{}"), ("true and x", "(true and x)"), ("a // end",
        "a"), ("a /* in */ . b", "a.b"),
        ("`a`.`b`", "a.b"), ("a\n.\tb", "a.b"), ("@2020-01-02", "2020-01-02"), ("@2020T", "2020"), ("@T10:30", "10:30"),
        ("@2020-01-02T10:30:00.5+08:00", "2020-01-02T10:30:00.5+08:00"),
    ])
    def test_operators_bind_as_fhirpath_says(self, path: str, tree: str) -> None:
        assert written(parse(path)).replace("(a as B).c", "(a as B).c") == tree

    @pytest.mark.parametrize(("path", "type"), [
        ("1", "integer"), ("1.0", "decimal"), ("'x'", "string"), ("@2020", "date"), ("@2020T", "dateTime"), ("@2020-01-01T10", "dateTime"), ("@T10",
        "time"), ("true", "boolean"),
        ("1 'mg'", "Quantity"), ("{}", ""),
    ])
    def test_literals_have_types(self, path: str, type: str) -> None:
        node = parse(path)
        assert isinstance(node, Literal) and node.type == type

    @pytest.mark.parametrize(("text", "plain"), [("'a\\'b'", "a'b"), ("'\\n\\t\\r\\f'", "\n\t\r\f"), ("'\\\\'", "\\"), ("'\\u4e2d'", "中"),
    ("'\\/\\`\\\"'", '/`"'), ("'//x'", "//x")])
    def test_escapes_of_texts(self, text: str, plain: str) -> None:
        assert tokens(text)[0].text == plain

    @pytest.mark.parametrize("text", ["'\\x'", "'\\u12'", "'\\u0000'", "'\\ud800'"])
    def test_what_is_no_escape_or_no_character_is_refused(self, text: str) -> None:
        with pytest.raises(Malformed):
            tokens(text)

    @pytest.mark.parametrize(("path", "name"), [("Quantity", "Quantity"), ("FHIR.Quantity", "FHIR.Quantity"), ("System.String", "System.String"),
    ("a.b", ""), ("'x'", ""), ("a.b.c", "")])
    def test_a_type_may_be_written_as_an_expression(self, path: str, name: str) -> None:
        assert type_name(parse(path)) == name

    @pytest.mark.parametrize(("path", "down"), [
        ("item", True), ("answer.item", True), ("item.where(true)", True), ("item[0]", True), ("item.first()", True), ("extension('x')", True),
        ("item.ofType(X)", True),
        ("$this", False), ("$this.where(true)", False), ("where(true)", False), ("%resource", False), ("first()", False), ("'x'", False),
        ("item | item", False), ("trace('x')", False),
    ])
    def test_a_path_that_may_be_repeated_leads_down(self, path: str, down: bool) -> None:
        assert descends(parse(path)) is down


class TestElements:
    @pytest.mark.parametrize(("type", "name", "wanted"), [
        ("Patient", "name", Element("name", ("HumanName",), True)), ("Patient", "birthDate", Element("birthDate", ("date",), False)),
        ("Patient", "deceased", Element("deceased", ("boolean", "dateTime"), False, True)), ("Patient", "id", Element("id", ("id",), False)),
        ("Patient", "extension", Element("extension", ("Extension",), True)), ("PatientContact", "modifierExtension", Element("modifierExtension",
        ("Extension",), True)),
        ("Age", "value", Element("value", ("decimal",), False)), ("QuestionnaireResponseItem", "item", Element("item", ("QuestionnaireResponseItem",), True)),
        ("BundleEntry", "resource", Element("resource", ("Resource",), False)), ("Condition", "context", Element("context", ("Reference",), False)),
        ("Patient", "nothing", None), ("Nothing", "id", None), ("string", "x", None),
    ])
    def test_what_fhir_says_of_an_element(self, type: str, name: str, wanted: Element | None) -> None:
        assert element(type, name) == wanted

    def test_an_element_the_releases_disagree_about_has_no_type(self) -> None:
        found = element("Condition", "clinicalStatus")
        assert found is not None and found.type == "" and not found.choice

    def test_an_open_choice_takes_every_type_that_fhir_lists(self) -> None:
        found = element("Extension", "value")
        assert found is not None and found.choice and {"code", "Coding", "Quantity", "dateTime", "Reference"} <= set(found.types)
        assert len(found.types) == 50

    @pytest.mark.parametrize(("type", "wanted", "held"), [
        ("Patient", "Resource", True), ("Patient", "DomainResource", True), ("Bundle", "DomainResource", False), ("Age", "Quantity", True),
        ("Quantity", "Age", False),
        ("code", "string", True), ("string", "code", False), ("positiveInt", "integer", True), ("url", "uri", True), ("PatientContact",
        "Element", True), ("", "", True),
    ])
    def test_special_cases(self, type: str, wanted: str, held: bool) -> None:
        assert is_a(type, wanted) is held

    def test_every_type_that_is_named_is_known(self) -> None:
        named = {t for type in elements._table() for part in elements.parts(type) for t in part.types}
        assert {t for t in named if not elements.known(t)} == {elements.UNTYPED}

    def test_every_type_has_an_end(self) -> None:
        assert all(is_a(type, "Element") or is_a(type, "Resource") for type in elements._table())

    def test_the_table_holds_all_of_r4(self) -> None:
        assert len([type for type in elements._table() if elements.resource(type)]) > 140


class TestStructures:
    def grown(self) -> Shape:
        root = Shape("Patient")
        root.at("name", many=True, leaf=False).at("given", many=True, leaf=True)
        root.at("active", many=False, leaf=True)
        root.at("contact", many=True, leaf=False)
        return root

    def test_a_structure_has_the_fields_that_were_asked_for(self) -> None:
        assert self.grown().structure() == {"name": [{"given": ["VARCHAR"]}], "active": "VARCHAR", "contact": ["JSON"]}

    def test_asking_again_changes_nothing(self) -> None:
        root = self.grown()
        assert root.at("name", many=True, leaf=False) is root.fields["name"]
        assert root.structure() == self.grown().structure()

    @pytest.mark.parametrize(("name", "many", "leaf"), [("NAME", True, False), ("name", False, False), ("name", True, True), ("a'b", False, True),
    ("", False, True), ("a b", False, True)])
    def test_what_cannot_stand_in_one_structure_is_refused(self, name: str, many: bool, leaf: bool) -> None:
        with pytest.raises(Malformed):
            self.grown().at(name, many=many, leaf=leaf)

    def test_it_is_read_by_one_expression_that_is_null_for_what_is_no_json(self) -> None:
        inner = json.dumps(self.grown().structure(), separators=(",", ":"))
        assert self.grown().read("body") == f"TRY(from_json(body, '{inner}'))"

    @pytest.mark.parametrize(("sql", "simple"), [("r", True), ('r."name"', True), ('r."name"."given"', True), ("'x'", True), ("1.5", True),
    ("NULL", True), ("f(x)", False), ("a + b", False), ("x[1]", False)])
    def test_what_is_cheap_to_write_twice(self, sql: str, simple: bool) -> None:
        assert is_simple(sql) is simple

    def test_a_field_of_an_expression_stands_behind_brackets(self) -> None:
        assert field_of("x[1]", 'a"b') == '(x[1])."a""b"' and field_of("r", "a") == 'r."a"'


class TestPlans:
    def plan(self, **changes: Any) -> Plan:
        said = {"target": "t", "columns": (Column(name="a b", type="VARCHAR", sql="x", sources=("P.x",)), Column(name="c", type="BIGINT", sql="1")), "source": "s"}
        return Plan(**{**said, **changes})

    def test_a_plan_is_a_select(self) -> None:
        assert self.plan().sql() == 'SELECT x AS "a b", 1 AS "c" FROM s'
        assert self.plan(where="y", lets=(("s", "SELECT 1"),)).sql() == 'WITH s AS (SELECT 1) SELECT x AS "a b", 1 AS "c" FROM s WHERE y'

    def test_a_plan_knows_where_its_columns_come_from(self) -> None:
        assert self.plan().lineage() == {"a b": ("P.x",), "c": ()}

    @pytest.mark.parametrize("columns", [(), (Column(name="a", type="", sql="1"), Column(name="a", type="", sql="2"))])
    def test_a_plan_without_columns_or_with_two_of_one_name_is_refused(self, columns: tuple[Column, ...]) -> None:
        with pytest.raises(Malformed):
            self.plan(columns=columns)

    def test_names_and_texts_are_quoted(self) -> None:
        assert quoted('a"b') == '"a""b"' and literal("it's") == "'it''s'"
