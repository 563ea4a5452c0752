"""What a view may say and what it gives, chapter by chapter; each test is a line of the manual."""

from decimal import Decimal
from typing import Any

import pytest

from dujiang.errors import Malformed
from dujiang.standardise.views.statement import Relation, statement
from dujiang.standardise.views.view import view
from standardise.standardise_views_run import Json, every_value_of, rows_of, tables, value_of, view_of

ANNA: Json = {
    "resourceType": "Patient", "id": "anna", "active": True, "gender": "female", "birthDate": "1970-06", "deceasedDateTime": "2020-02-03T04:05:06+08:00",
    "_birthDate": {"extension": [{"url": "urn:time", "valueTime": "10:30:00"}]},
    "name": [
        {"use": "official", "family": "Lindqvist", "given": ["Anna", "Maria"], "_given": [None, {"extension": [{"url": "urn:nick", "valueString": "Mia"}]}]},
        {"use": "nickname", "given": ["Ann"]}, {"use": "maiden", "family": "Öberg"},
    ],
    "contact": [{"name": {"family": "Ek"}, "telecom": [{"system": "phone", "value": "1"}, {"system": "email", "value": "2"}]}, {"gender": "male"}],
    "extension": [{"url": "urn:sex", "valueCode": "F"}, {"url": "urn:race", "extension": [{"url": "omb", "valueCoding": {"code": "2106-3"}}]}],
    "managingOrganization": {"reference": "Organization/o1"}, "multipleBirthInteger": 2,
    "generalPractitioner": [{"reference": "https://host/fhir/Practitioner/p1/_history/3"}, {"reference": "urn:uuid:77"}, {"reference": "#p"}],
}
BO: Json = {"resourceType": "Patient", "id": "bo", "active": False}
PRESSURE: Json = {
    "resourceType": "Observation", "id": "bp", "status": "final", "effectiveDateTime": "2020-01-02T03:04:05Z", "issued": "2020-01-02T03:04:05.678Z",
    "valueQuantity": {"value": 0, "unit": "mmHg", "code": "mm[Hg]"},
    "component": [{"valueQuantity": {"value": 120, "code": "mm[Hg]"}}, {"valueQuantity": {"value": 80.5, "code": "mm[Hg]"}}, {"valueString": "unsure"}],
}


def observed(value: str) -> Json:
    """An observation with a number exactly as written."""
    return {"resourceType": "Observation", "valueQuantity": {"value": float(value) if "." in value else int(value)}}


def noted(path: str) -> list[str]:
    """What is noted of a path of a patient; every note is there in both languages."""
    notes = statement(view(view_of("Patient", path))).notes
    assert all(note.zh and note.zh != note.en for note in notes)
    return [note.en for note in notes]


class TestColumns:
    def test_a_column_is_the_value_of_a_path_for_each_record(self) -> None:
        assert rows_of(view_of("Patient", {"name": "id", "path": "id"}, {"name": "sex", "path": "gender"}), [ANNA, BO]) == [
            {"id": "anna", "sex": "female"}, {"id": "bo", "sex": None},
        ]

    def test_records_of_other_types_make_no_rows(self) -> None:
        assert rows_of(view_of("Patient", "id"), [PRESSURE, BO]) == [{"v": "bo"}]

    def test_columns_have_the_sql_type_of_their_values(self) -> None:
        columns = [
            {"name": "truth", "path": "active"}, {"name": "whole", "path": "multipleBirth.ofType(integer)"}, {"name": "day", "path": "birthDate"},
            {"name": "text", "path": "gender"}, {"name": "many", "path": "name.given", "collection": True}, {"name": "half", "path": "1.5"},
        ]
        plan = statement(view(view_of("Patient", *columns))).plan
        assert [c.type for c in plan.columns] == ["BOOLEAN", "BIGINT", "VARCHAR", "VARCHAR", "VARCHAR[]", "DECIMAL(38, 9)"]

    def test_several_values_where_one_is_expected_stop_the_view(self) -> None:
        with pytest.raises(Malformed) as refused:
            value_of("name.use", ANNA)
        assert refused.value.rule == "view.many"
        assert "name.use" in refused.value.en and "official" not in refused.value.en

    def test_a_collection_is_a_list_and_an_empty_one_an_empty_list(self) -> None:
        assert value_of("name.family", ANNA, collection=True) == ["Lindqvist", "Öberg"]
        assert value_of("name.family", BO, collection=True) == []

    def test_one_value_of_a_collection_is_a_list_of_one(self) -> None:
        assert value_of("gender", ANNA, collection=True) == ["female"]

    def test_a_type_that_the_view_says_must_be_that_of_the_value(self) -> None:
        with pytest.raises(Malformed, match="the column says boolean"):
            value_of("gender", ANNA, type="boolean")

    def test_an_integer_may_stand_in_a_column_of_decimals_and_anything_in_one_of_texts(self) -> None:
        assert value_of("multipleBirth.ofType(integer)", ANNA, type="decimal") == Decimal(2)
        assert value_of("multipleBirth.ofType(integer)", ANNA, type="string") == "2"
        assert value_of("active", ANNA, type="http://hl7.org/fhir/StructureDefinition/string") == "true"

    def test_a_decimal_as_text_is_what_the_record_says(self) -> None:
        assert value_of("value.ofType(Quantity).value", observed("80.50"), type="string") == "80.5"
        assert value_of("component.value.ofType(Quantity).value", PRESSURE, type="string", collection=True) == ["120", "80.5"]

    @pytest.mark.parametrize(("ansi", "type", "value"), [
        ("INTEGER", "INTEGER", 2), ("decimal(10, 2)", "DECIMAL(10, 2)", Decimal("2.00")), ("CHARACTER VARYING(20)", "VARCHAR", "2"),
        ("double precision", "DOUBLE", 2.0),
    ])
    def test_the_tag_ansi_type_names_the_sql_type(self, ansi: str, type: str, value: object) -> None:
        column = {"name": "v", "path": "multipleBirth.ofType(integer)", "tag": [{"name": "ansi/type", "value": ansi}]}
        assert statement(view(view_of("Patient", column))).plan.columns[0].type == type
        assert rows_of(view_of("Patient", column), [ANNA]) == [{"v": value}]

    def test_what_does_not_fit_the_tagged_type_is_null(self) -> None:
        assert value_of("birthDate", ANNA, tag=[{"name": "ansi/type", "value": "DATE"}]) is None

    def test_a_structure_must_say_which_of_its_fields_are_wanted(self) -> None:
        with pytest.raises(Malformed, match="dujiang/fields"):
            value_of("name.first()", ANNA)

    def test_the_tag_fields_makes_a_structure_of_them_and_no_others(self) -> None:
        fields = [{"name": "dujiang/fields", "value": "family, given"}]
        assert value_of("name.first()", ANNA, tag=fields) == {"family": "Lindqvist", "given": ["Anna", "Maria"]}
        assert value_of("name.where(use != 'official')", ANNA, tag=fields, collection=True) == [
            {"family": None, "given": ["Ann"]}, {"family": "Öberg", "given": None},
        ]

    def test_a_structures_primitives_are_texts_as_the_record_has_them(self) -> None:
        tag = [{"name": "dujiang/fields", "value": "value, code"}]
        assert value_of("component.value.ofType(Quantity)", PRESSURE, tag=tag, collection=True) == [
            {"value": "120", "code": "mm[Hg]"}, {"value": "80.5", "code": "mm[Hg]"},
        ]


class TestRows:
    def each(self, **said: object) -> Json:
        return {"resource": "Patient", "select": [{"column": [{"name": "id", "path": "id"}]}, said]}

    def test_for_each_makes_a_row_of_each_and_none_where_there_is_none(self) -> None:
        found = rows_of(self.each(forEach="name", column=[{"name": "use", "path": "use"}]), [ANNA, BO])
        assert found == [{"id": "anna", "use": use} for use in ("official", "nickname", "maiden")]

    def test_for_each_or_null_makes_one_row_where_there_is_none(self) -> None:
        found = rows_of(self.each(forEachOrNull="name", column=[{"name": "use", "path": "use"}, {"name": "n", "path": "%rowIndex"}]), [BO])
        assert found == [{"id": "bo", "use": None, "n": 0}]

    def test_a_primitive_is_this(self) -> None:
        found = rows_of(self.each(forEach="name.given", column=[{"name": "g", "path": "$this"}]), [ANNA])
        assert [row["g"] for row in found] == ["Anna", "Maria", "Ann"]

    def test_rows_of_selects_beside_each_other_are_combined(self) -> None:
        one = {"forEach": "name", "column": [{"name": "use", "path": "use"}]}
        two = {"forEach": "contact.telecom", "column": [{"name": "by", "path": "system"}]}
        found = rows_of({"resource": "Patient", "select": [one, two]}, [ANNA])
        assert [(row["use"], row["by"]) for row in found] == [(u, b) for u in ("official", "nickname", "maiden") for b in ("phone", "email")]

    def test_selects_within_each_other_go_down(self) -> None:
        inner = {"forEach": "telecom", "column": [{"name": "by", "path": "system"}, {"name": "m", "path": "%rowIndex"}]}
        found = rows_of(self.each(forEach="contact", column=[{"name": "n", "path": "%rowIndex"}], select=[inner]), [ANNA])
        assert [(row["n"], row["by"], row["m"]) for row in found] == [(0, "phone", 0), (0, "email", 1)]

    def test_a_union_puts_the_rows_of_one_branch_after_the_other(self) -> None:
        branches = [{"forEach": path, "column": [{"name": "family", "path": "family"}]} for path in ("name", "contact.name")]
        assert [row["family"] for row in rows_of(self.each(unionAll=branches), [ANNA])] == ["Lindqvist", None, "Öberg", "Ek"]

    def test_branches_of_a_union_need_columns_of_one_type(self) -> None:
        branches = [{"column": [{"name": "x", "path": path}]} for path in ("active", "gender")]
        with pytest.raises(Malformed, match="different types"):
            rows_of(self.each(unionAll=branches), [ANNA])

    def test_context_is_what_the_path_stands_on_and_resource_the_record(self) -> None:
        columns = [{"name": "a", "path": "telecom.where(%context.name.exists()).count()"}, {"name": "b", "path": "%resource.id"}]
        found = rows_of({"resource": "Patient", "select": [{"forEach": "contact", "column": columns}]}, [ANNA])
        assert found == [{"a": 2, "b": "anna"}, {"a": 0, "b": "anna"}]

    def test_only_records_for_which_every_condition_holds_make_rows(self) -> None:
        conditions = [{"path": "active"}, {"path": "gender = 'female'"}]
        assert rows_of(view_of("Patient", "id", where=conditions), [ANNA, BO, {"resourceType": "Patient", "id": "c", "active": True}]) == [{"v": "anna"}]

    def test_a_condition_must_be_true_or_false(self) -> None:
        with pytest.raises(Malformed, match="true or false"):
            rows_of(view_of("Patient", "id", where=[{"path": "gender"}]), [ANNA])

    def test_a_condition_on_what_fhir_does_not_know_is_tried_on_the_records(self) -> None:
        odd = view_of("Patient", "id", where=[{"path": "vip"}])
        assert rows_of(odd, [{**BO, "vip": True}, ANNA]) == [{"v": "bo"}]
        with pytest.raises(Malformed) as refused:
            rows_of(odd, [{**BO, "vip": "yes"}])
        assert refused.value.rule == "view.boolean"


class TestRepeat:
    TREE: Json = {
        "resourceType": "QuestionnaireResponse", "id": "q", "item": [
            {"linkId": "1", "item": [{"linkId": "1.1", "answer": [{"valueDecimal": 1.5, "item": [{"linkId": "1.1.1"}]}]}, {"linkId": "1.2"}]}, {"linkId": "2"},
        ],
    }

    def repeated(self, *paths: str, of: Json | None = None) -> list[Any]:
        select = {"repeat": list(paths), "column": [{"name": "n", "path": "%rowIndex"}, {"name": "v", "path": "linkId"}]}
        found = rows_of({"resource": "QuestionnaireResponse", "select": [select]}, [of or self.TREE])
        assert [row["n"] for row in found] == list(range(len(found)))
        return [row["v"] for row in found]

    def test_a_parent_comes_before_its_children(self) -> None:
        assert self.repeated("item") == ["1", "1.1", "1.2", "2"]

    def test_several_paths_are_followed_together(self) -> None:
        assert self.repeated("item", "answer.item") == ["1", "1.1", "1.1.1", "1.2", "2"]

    def test_what_several_paths_reach_stands_in_their_order(self) -> None:
        tree = {"resourceType": "QuestionnaireResponse", "item": [{"linkId": "1", "answer": [{"item": [{"linkId": "b"}]}], "item": [{"linkId": "a"}]}]}
        assert self.repeated("item", "answer.item", "item.where(linkId = 'a')", of=tree) == ["1", "a", "b", "a"]

    def test_a_path_that_fhir_knows_to_lead_nowhere_makes_no_row(self) -> None:
        assert self.repeated("status.item") == []

    def test_a_path_may_choose(self) -> None:
        assert self.repeated("item.where(item.exists())") == ["1"]

    def test_what_is_reached_has_its_type(self) -> None:
        select = {"repeat": ["item"], "forEach": None, "column": [{"name": "v", "path": "answer.value.ofType(decimal)"}]}
        found = rows_of({"resource": "QuestionnaireResponse", "select": [{k: v for k, v in select.items() if v is not None}]}, [self.TREE])
        assert [row["v"] for row in found] == [None, Decimal("1.5"), None, None]

    @pytest.mark.parametrize("path", ["$this", "$this.where(true)", "%resource", "'x'"])
    def test_a_path_that_leads_nowhere_is_refused_before_it_runs_for_ever(self, path: str) -> None:
        with pytest.raises(Malformed, match="never end"):
            self.repeated(path)

    def test_more_levels_than_the_bound_stop_the_view(self) -> None:
        tree: dict[str, Any] = {"linkId": "0"}
        for n in range(70):
            tree = {"linkId": str(n), "item": [tree]}
        with pytest.raises(Malformed) as refused:
            self.repeated("item", of={"resourceType": "QuestionnaireResponse", "item": [tree]})
        assert refused.value.rule == "view.repeat_depth"

    def test_more_rows_than_the_bound_stop_the_view(self) -> None:
        tree: dict[str, Any] = {"linkId": "0"}
        for n in range(40):
            tree = {"linkId": str(n), "item": [tree]}
        with pytest.raises(Malformed) as refused:  # every level twice: 2^40 rows without the bound
            self.repeated("item", "item.where(true)", of={"resourceType": "QuestionnaireResponse", "item": [tree]})
        assert refused.value.rule == "view.repeat_rows"


class TestElements:
    @pytest.mark.parametrize(("path", "values"), [
        ("name.given", ["Anna", "Maria", "Ann"]), ("Patient.name.given", ["Anna", "Maria", "Ann"]), ("name[1].given", ["Ann"]), ("name[9].given", []),
        ("contact.telecom.value", ["1", "2"]), ("name.first().given.last()", ["Maria"]), ("name.where(use = 'maiden').family", ["Öberg"]),
        ("name.where($this.given.exists()).use", ["official", "nickname"]), ("`name`.`use`", ["official", "nickname", "maiden"]), ("{}", []),
        ("name.select(given.first() | family)", ["Anna", "Lindqvist", "Ann", "Öberg"]), ("name.where($index = 2).use", ["maiden"]),
    ])
    def test_steps(self, path: str, values: list[str]) -> None:
        assert every_value_of(path, ANNA) == values

    @pytest.mark.parametrize(("path", "value"), [
        ("deceased.ofType(dateTime)", "2020-02-03T04:05:06+08:00"), ("deceased.ofType(boolean)", None), ("deceased.exists()", True), ("deceased is dateTime", True),
        ("deceased is boolean", False), ("(deceased as dateTime).exists()", True), ("multipleBirth.ofType(integer) + 1", 3), ("multipleBirth > 1", True),
    ])
    def test_a_choice_says_its_type(self, path: str, value: object) -> None:
        assert value_of(path, ANNA) == value

    def test_a_choice_without_a_type_is_refused_with_advice(self) -> None:
        with pytest.raises(Malformed, match=r"deceased\.ofType"):
            value_of("deceased", ANNA)

    def test_an_element_of_a_choice_is_that_of_the_type_that_has_it(self) -> None:
        assert value_of("value.unit", PRESSURE) == "mmHg"

    @pytest.mark.parametrize(("path", "value"), [
        ("extension('urn:sex').value.ofType(code)", "F"), ("extension('urn:race').extension('omb').value.ofType(Coding).code", "2106-3"),
        ("extension('urn:none').exists()", False), ("birthDate.extension('urn:time').value.ofType(time)", "10:30:00"),
        ("name.given.extension('urn:nick').value.ofType(string)", "Mia"),
    ])
    def test_extensions_of_records_and_of_primitives(self, path: str, value: object) -> None:
        assert value_of(path, ANNA) == value

    def test_what_fhir_does_not_know_is_read_as_it_stands_and_noted(self) -> None:
        odd = {**BO, "vip": [{"level": 3}, {"level": 4}]}
        assert every_value_of("vip.level", odd) == ["3", "4"]
        assert value_of("vip.first().level.ofType(integer)", odd) == 3
        assert noted("vip.level") == ["vip.level: Patient has no element `vip`"]

    def test_a_resource_that_fhir_does_not_know_is_read_as_it_stands(self) -> None:
        assert value_of("kids.value.ofType(Quantity).unit", {"resourceType": "Foo", "kids": [{"valueQuantity": {"unit": "g"}}]}) == "g"

    @pytest.mark.parametrize("status", [{"coding": [{"code": "active"}]}, "active"], ids=["R4", "STU3"])
    def test_what_the_releases_disagree_about_is_read_either_way(self, status: object) -> None:
        condition = {"resourceType": "Condition", "clinicalStatus": status}
        assert value_of("clinicalStatus.coding.code | clinicalStatus.ofType(string)", condition) == "active"

    def test_contained_resources_have_their_own_type(self) -> None:
        inner = [{"resourceType": "Medication", "id": "m", "code": {"text": "x"}}, {"resourceType": "Patient", "id": "p"}]
        record = {"resourceType": "MedicationRequest", "contained": inner}
        assert every_value_of("contained.ofType(Medication).code.text", record) == ["x"]
        assert every_value_of("contained.id", record) == ["m", "p"]

    def test_nulls_in_lists_are_nothing(self) -> None:
        record = {"resourceType": "Patient", "name": [None, {"given": [None, "a"]}]}
        assert every_value_of("name.given", record) == ["a"]
        assert value_of("name.count()", record) == 1


class TestKeys:
    @pytest.mark.parametrize(("path", "values"), [
        ("getResourceKey()", ["anna"]), ("managingOrganization.getReferenceKey()", ["o1"]), ("managingOrganization.getReferenceKey(Organization)", ["o1"]),
        ("managingOrganization.getReferenceKey(Patient)", []), ("generalPractitioner.getReferenceKey()", ["p1", "77"]),
        ("generalPractitioner.getReferenceKey(Practitioner)", ["p1", "77"]),
    ])
    def test_a_reference_has_the_key_of_its_resource(self, path: str, values: list[str]) -> None:
        assert every_value_of(path, ANNA) == values

    @pytest.mark.parametrize("reference", ["", "#contained", "Patient?identifier=x|1", "Patient/"])
    def test_what_names_no_record_has_no_key(self, reference: str) -> None:
        assert every_value_of("subject.getReferenceKey(Patient)", {**PRESSURE, "subject": {"reference": reference}}) == []

    def test_a_relation_may_have_a_column_of_keys_and_columns_to_take_along(self) -> None:
        compiled = statement(view(view_of("Patient", "getResourceKey()")), Relation(key="key", along=("file", "line")))
        with tables() as frames:
            frames.load("landed", {"kind": "VARCHAR", "key": "VARCHAR", "body": "VARCHAR", "file": "VARCHAR", "line": "BIGINT"},
                        [{"kind": "Patient", "key": "k1", "body": '{"id": "other"}', "file": "f", "line": 7}])
            assert frames.rows(compiled.plan.sql()) == [("f", 7, "k1")]


class TestTruth:
    @pytest.mark.parametrize(("path", "value"), [
        ("true and {}", None), ("false and {}", False), ("true or {}", True), ("false or {}", None), ("{} xor true", None), ("true xor false", True),
        ("{} implies true", True),
        ("true implies {}", None), ("false implies {}", True), ("{}.not()", None), ("active.not()", False), ("gender and true", True),
        ("iif(active, 'a', 'b')", "a"),
        ("iif({}, 'a', 'b')", "b"), ("iif(active.not(), 'a')", None), ("name.all(use.exists())", True), ("name.all(given.exists())", False), ("{}.all(true)", True),
        ("coalesce(gender, id)", "female"), ("coalesce({}, maritalStatus.text, id)", "anna"), ("coalesce(name.where(use = 'x').given, name.family).count()", 2),
        ("coalesce(contact.gender, name.family).first()", "male"), ("coalesce({}, {})", None), ("coalesce(multipleBirth.ofType(integer), 1.5)", Decimal(2)),
        ("name.given.exists($this = 'Ann')", True), ("name.select(given.exists()).allTrue()", False), ("name.select(given.exists()).anyFalse()", True),
    ])
    def test_three_values(self, path: str, value: object) -> None:
        assert value_of(path, ANNA) == value

    @pytest.mark.parametrize(("path", "value"), [
        ("gender = 'female'", True), ("gender != 'female'", False), ("gender = {}", None), ("gender ~ 'FEMALE'", True), ("{} ~ {}", True), ("gender ~ {}", False),
        ("name.given = ('Anna' | 'Maria' | 'Ann')", True), ("name.given = 'Anna'", False), ("name.given ~ ('Ann' | 'Anna' | 'Maria')", True), ("1 = 1.0", True),
        ("gender = 1", False), ("gender in ('male' | 'female')", True), ("name.given contains 'Ann'", True), ("{} in name.given", None), ("'x' in {}", False),
        ("name.first() = name.first()", True), ("name[0] = name[1]", False), ("name.given.isDistinct()", True),
        ("name.given.subsetOf('Ann' | 'Anna' | 'Maria')", True),
        ("'b' > 'a'", True), ("multipleBirth.ofType(integer) >= 2.0", True),
    ])
    def test_equality_and_order(self, path: str, value: object) -> None:
        assert value_of(path, ANNA) == value

    def test_order_of_different_kinds_is_refused(self) -> None:
        with pytest.raises(Malformed, match="one kind"):
            value_of("gender > 1", ANNA)


class TestDates:
    @pytest.mark.parametrize(("path", "value"), [
        ("birthDate < @1971", True), ("birthDate < @1970", None), ("birthDate = @1970-06", True), ("birthDate = @1970-06-01", None),
        ("birthDate = @1970-07-01", False),
        ("birthDate >= @1970-05-31", True), ("birthDate + 1 year", "1971-06"), ("birthDate - 6 months", "1969-12"), ("@2020-01-31 + 1 month", "2020-02-29"),
        ("@2020-02-28 + 2 days", "2020-03-01"), ("@T23:30 + 45 minutes", "00:15"),
        ("@2020-01-01 + 7.7 days", "2020-01-08"), ("@2020-01-01T10:00:00.000 + 0.1 seconds", "2020-01-01T10:00:00.100"),
        ("@2020-01-01T10:00:00 - 1500 milliseconds", "2020-01-01T09:59:58"),
        ("@2020-01-01T10:00:00Z + 1 'wk'", "2020-01-08T10:00:00Z"), ("@2020 + 1 day", "2020"),
    ])
    def test_a_date_is_as_precise_as_it_is_written(self, path: str, value: object) -> None:
        assert value_of(path, ANNA) == value

    @pytest.mark.parametrize(("path", "value"), [
        ("effective.ofType(dateTime) = @2020-01-02T11:04:05+08:00", True), ("effective.ofType(dateTime) < @2020-01-02T11:04:06+08:00", True),
        ("effective.ofType(dateTime) = @2020-01-02T03:04:05", None), ("effective.ofType(dateTime) > @2020-01-01", True),
        ("effective.ofType(dateTime) = @2020-01-02", None),
        ("issued > effective.ofType(dateTime)", True), ("issued = @2020-01-02T03:04:05.678000Z", True), ("@2020-01-01T00:30:00+01:00 = @2019-12-31T23:30:00Z", True),
        ("effective.ofType(dateTime) + 1 hour", "2020-01-02T04:04:05Z"), ("@T10:30 < @T10:31", True), ("@T10:30 = @T10:30:00", None),
        ("@T10:30:00 = @T10:30:00.0", True),
    ])
    def test_moments_are_compared_at_one_zone_and_never_with_one_that_has_none(self, path: str, value: object) -> None:
        assert value_of(path, PRESSURE) == value

    @pytest.mark.parametrize("name", ["now", "today", "timeOfDay"])
    def test_the_clock_is_refused_for_rows_must_not_change_with_the_day(self, name: str) -> None:
        with pytest.raises(Malformed, match="another day"):
            value_of(f"{name}()", ANNA)

    @pytest.mark.parametrize("unit", ["'a'", "'mo'", "'mg'"])
    def test_a_date_moves_by_a_calendars_units_only(self, unit: str) -> None:
        with pytest.raises(Malformed, match="can be moved by"):
            value_of(f"birthDate + 1 {unit}", ANNA)

    @pytest.mark.parametrize(("path", "value"), [
        ("birthDate.lowBoundary()", "1970-06-01"), ("birthDate.highBoundary()", "1970-06-30"), ("@2020-02.highBoundary()", "2020-02-29"),
        ("@1970.highBoundary()", "1970-12-31"),
        ("deceased.ofType(dateTime).highBoundary()", "2020-02-03T04:05:06.999+08:00"), ("@2020-01-01T10.lowBoundary()", "2020-01-01T10:00:00.000+14:00"),
        ("@2020T.highBoundary()", "2020-12-31T23:59:59.999-12:00"), ("@T10:30.highBoundary()", "10:30:59.999"), ("@T10:30:01.5.lowBoundary()", "10:30:01.500"),
        ("birthDate.precision()", 6), ("@T10:30.precision()", 4),
    ])
    def test_boundaries(self, path: str, value: object) -> None:
        assert value_of(path, ANNA) == value


class TestNumbers:
    @pytest.mark.parametrize(("path", "value"), [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("7 / 2", Decimal("3.5")), ("7 div 2", 3), ("-7 div 2", -3), ("7 mod 2", 1), ("-7 mod 2", -1),
        ("1 / 0", None), ("1 div 0", None),
        ("0.1 + 0.2", Decimal("0.3")), ("0.1 + 0.2 = 0.3", True), ("1 / 3", Decimal("0.333333333")), ("9223372036854775807 + 1", None),
        ("-3.abs()", -3), ("(-3).abs()", 3),
        ("1.5.ceiling()", 2), ("(-1.5).floor()", -2), ("(-1.5).truncate()", -1), ("1.256.round(2)", Decimal("1.26")), ("16.sqrt()", Decimal(4)),
        ("(-1).sqrt()", None),
        ("2.power(3)", Decimal(8)), ("16.log(2)", Decimal(4)), ("'a' & 'b'", "ab"), ("'a' & {}", "a"), ("'a' + {}", None), ("{} + 1", None),
        ("(1 | 2 | 2).count()", 2), ("1.combine(1).count()", 2), ("(1 | 2 | 3).exclude(2 | 5).count()", 2), ("(1 | 2.0).intersect(2).count()", 1),
    ])
    def test_reckoning(self, path: str, value: object) -> None:
        found = value_of(path, BO)
        assert found == value and isinstance(found, bool) == isinstance(value, bool)

    @pytest.mark.parametrize(("number", "low", "high"), [("1.0", "0.95", "1.05"), ("120", "119.5", "120.5"), ("0.007", "0.0065", "0.0075"), ("-1.5",
    "-1.55", "-1.45")])
    def test_a_decimal_stands_for_half_a_place_on_either_side(self, number: str, low: str, high: str) -> None:
        record = observed(number)
        assert value_of("value.ofType(Quantity).value.lowBoundary()", record) == Decimal(low)
        assert value_of("value.ofType(Quantity).value.highBoundary()", record) == Decimal(high)

    def test_a_number_keeps_every_digit_the_record_has(self) -> None:
        with tables() as frames:
            body = '{"valueQuantity": {"value": 12345678901234567.100000001}, "component": [{"valueQuantity":{"value" : 1.10}}]}'
            frames.load("landed", {"kind": "VARCHAR", "body": "VARCHAR"}, [{"kind": "Observation", "body": body}])
            paths = [{"name": "a", "path": "value.ofType(Quantity).value"}, {"name": "b", "path": "component.value.ofType(Quantity).value.toString()"}]
            assert frames.rows(statement(view(view_of("Observation", *paths))).plan.sql()) == [(Decimal("12345678901234567.100000001"), "1.10")]

    def test_quantities_of_one_unit_are_compared_and_of_others_not(self) -> None:
        assert value_of("value.ofType(Quantity) < 1 'mm[Hg]'", PRESSURE) is True
        assert value_of("value.ofType(Quantity) = 0 'kPa'", PRESSURE) is None
        assert every_value_of("component.where(value.ofType(Quantity) > 100 'mm[Hg]').value.ofType(Quantity).value", PRESSURE) == [Decimal(120)]

    def test_an_integer_that_is_none_is_nothing(self) -> None:
        assert value_of("multipleBirth.ofType(integer)", {"resourceType": "Patient", "multipleBirthInteger": 1.5}) is None


    @pytest.mark.parametrize(("path", "type"), [
        ("1.5.floor()", "BIGINT"), ("1.5.ceiling()", "BIGINT"), ("1.5.abs()", "DECIMAL(38, 9)"), ("1.abs()", "BIGINT"), ("1 + 1", "BIGINT"),
        ("1 + 1.0", "DECIMAL(38, 9)"),
        ("4 / 2", "DECIMAL(38, 9)"), ("4.0 div 2", "BIGINT"), ("1 = 1", "BOOLEAN"), ("name.count()", "BIGINT"), ("'a' & 'b'", "VARCHAR"), ("{}", "VARCHAR"),
    ])
    def test_a_result_has_a_type_before_any_record_is_read(self, path: str, type: str) -> None:
        assert statement(view(view_of("Patient", path))).plan.columns[0].type == type


class TestTexts:
    @pytest.mark.parametrize(("path", "value"), [
        ("name.given.join(', ')", "Anna, Maria, Ann"), ("{}.join()", ""), ("gender.upper()", "FEMALE"), ("gender.length()", 6), ("gender.substring(2)", "male"),
        ("gender.substring(0, 2)", "fe"), ("gender.substring(9)", None), ("gender.indexOf('male')", 2), ("gender.indexOf('x')", -1),
        ("gender.startsWith('fe')", True),
        ("gender.endsWith('fe')", False), ("gender.contains('mal')", True), ("gender.replace('e', '3')", "f3mal3"), ("'abc'.replace('', '-')", "-a-b-c-"),
        ("gender.matches('^f.m')", True), ("gender.matchesFull('f.m')", False), ("'a1b22'.replaceMatches('[0-9]+', '<$0>')", "a<1>b<22>"), ("' a '.trim()", "a"),
        ("'a,b'.split(',').count()", 2), ("'日本'.toChars().count()", 2), ("'it\\'s'", "it's"), ("'\\u0041'", "A"), ("1.5.toString()", "1.5"),
        ("(1.5 + 1).toString()", "2.5"),
        ("'12'.toInteger()", 12), ("'1.2'.toInteger()", None), ("'1.50'.toDecimal()", Decimal("1.5")), ("'yes'.toBoolean()", True),
        ("'x'.convertsToInteger()", False),
        ("'2020-01-02T03:04'.toDate()", "2020-01-02"), ("'2020-13'.convertsToDateTime()", True), ("{}.toString()", None),
        ("active.not().toString()", "false"), ("active.toString()", "true"), ("active.toInteger()", 1),
    ])
    def test_functions(self, path: str, value: object) -> None:
        assert value_of(path, ANNA) == value


class TestConstants:
    @pytest.mark.parametrize(("constant", "path", "value"), [
        ({"valueString": "female"}, "gender = %c", True), ({"valueCode": "male"}, "gender = %c", False), ({"valueInteger": 1}, "name[%c].use", "nickname"),
        ({"valueBoolean": True}, "active = %c", True), ({"valueDate": "1970-06"}, "birthDate = %c", True), ({"valueDecimal": 1.5}, "%c + 1", Decimal("2.5")),
        ({"valueString": "it's \"x\" \\"}, "%c", "it's \"x\" \\"), ({"valueInteger64": "5"}, "%c", 5),
    ])
    def test_a_constant_is_a_primitive(self, constant: Json, path: str, value: object) -> None:
        assert rows_of(view_of("Patient", path, constant=[{"name": "c", **constant}]), [ANNA]) == [{"v": value}]


class TestThePlan:
    def test_the_same_view_is_always_the_same_statement(self) -> None:
        said = view_of("Patient", "name.where(use = 'official').given.join()")
        assert statement(view(said)).plan.sql() == statement(view(said)).plan.sql()

    def test_a_record_is_read_once_as_exactly_the_structure_that_the_paths_need(self) -> None:
        sql = statement(view(view_of("Patient", "name.where(use = 'official').family", {"name": "w", "path": "active"}))).plan.sql()
        assert sql.count("from_json") == 1
        assert """'{"name":[{"use":"VARCHAR","family":"VARCHAR"}],"active":"VARCHAR"}'""" in sql

    def test_every_column_knows_the_raw_paths_behind_it(self) -> None:
        columns = [{"name": "a", "path": "family"}, {"name": "b", "path": "%rowIndex"}, {"name": "c", "path": "%resource.active"}]
        plan = statement(view({"resource": "Patient", "select": [{"forEach": "name.where(use = 'official')", "column": columns}]})).plan
        each = ("Patient.name.use",)
        assert plan.lineage() == {"a": ("Patient.name.family", *each), "b": each, "c": ("Patient.active", *each)}

    def test_the_lineage_of_a_union_is_that_of_its_branches(self) -> None:
        branches = [{"forEach": path, "column": [{"name": "t", "path": "system"}]} for path in ("telecom", "contact.telecom")]
        plan = statement(view({"resource": "Patient", "select": [{"unionAll": branches}]})).plan
        assert plan.lineage() == {"t": ("Patient.contact.telecom.system", "Patient.telecom.system")}

    def test_what_is_probably_a_mistake_is_noted(self) -> None:
        assert noted("gender = 1") == ["gender = 1: it compares values of different kinds, which are never equal"]
        assert noted("gender.ofType(string)") == ["gender.ofType(string): code is never string"]
        assert noted("birthDate.foo") == ["birthDate.foo: date has no element `foo`"]
        assert noted("deceased.ofType(string)") == ["deceased.ofType(string): `deceased` is never string"]
        assert noted("deceased.foo") == ["deceased.foo: no type of `deceased` has an element `foo`"]
        assert noted("deceased = 1") == ["deceased = 1: `deceased` never has a value of that kind"]
        assert noted("gender") == []
        (foo,) = statement(view(view_of("Foo", "id"))).notes
        assert "Foo" in foo.en and "Foo" in foo.zh
