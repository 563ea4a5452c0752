"""HL7 v2: PV1 is a visit with the number by which every later message knows it; the event says what became of it."""

import pytest

from collect.collect_hl7v2_given import PID, PV1, body, keys, kinds, message, oru, seg

END = "20200305120000"


def pv1(**fields: str) -> str:
    base = {1: "1", 2: "I", 19: "V1^^^HIS^VN", 44: "20200301090000"}
    return seg("PV1", base | {int(name[1:]): value for name, value in fields.items()})


def visit(event: str, *segments: str) -> dict:  # type: ignore[type-arg]
    return body(message(*(segments or (PID, pv1())), type=f"ADT^{event}"), "Encounter")


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("A01", "in-progress"), ("A02", "in-progress"), ("A03", "finished"), ("A04", "in-progress"), ("A05", "planned"), ("A08", "in-progress"), ("A11", "cancelled"),
        ("A12", "in-progress"), ("A13", "in-progress"), ("A14", "planned"), ("A21", "onleave"), ("A22", "in-progress"), ("A23", "entered-in-error"),
        ("A27", "cancelled"), ("A38", "cancelled"),
    ],
)
def test_the_event_says_what_became_of_the_visit(event: str, status: str) -> None:
    assert visit(event)["status"] == status


def test_a_visit_with_an_end_is_finished_unless_its_discharge_is_cancelled() -> None:
    ended = pv1(f45=END)
    assert (visit("A08", PID, ended)["status"], visit("A08", PID, ended)["period"]["end"]) == ("finished", "2020-03-05T12:00:00")
    assert visit("A13", PID, ended)["period"] == {"start": "2020-03-01T09:00:00"}
    assert visit("A13", PID, ended)["status"] == "in-progress"


def test_where_the_visit_has_no_times_the_event_s_own_time_stands_in() -> None:
    bare = pv1(f44="")
    event = "EVN|A01|20200301080000||||20200301075500"
    assert visit("A01", event, PID, bare)["period"]["start"] == "2020-03-01T07:55:00"
    assert visit("A01", "EVN|A01|20200301080000", PID, bare)["period"]["start"] == "2020-03-01T08:00:00"
    assert visit("A03", event, PID, pv1())["period"] == {"start": "2020-03-01T09:00:00", "end": "2020-03-01T07:55:00"}
    assert "period" not in visit("A08", event, PID, bare)


@pytest.mark.parametrize(("code", "act"), [("I", "IMP"), ("O", "AMB"), ("E", "EMER"), ("P", "PRENC"), ("R", "AMB"), ("B", "IMP"), ("住院", "IMP"), ("Z9", "Z9")])
def test_the_class_is_the_act_code_of_hl7_s_letter_and_an_unknown_one_stays(code: str, act: str) -> None:
    assert visit("A01", PID, pv1(f2=code))["class"]["code"] == act


def test_a_visit_says_where_why_and_how_it_came_and_went() -> None:
    found = visit("A03", PID, pv1(f3="ICU^2^A&x", f10="CAR^Cardiology", f14="7^Emergency room", f36="01^Home"), "PV2|||R07^Chest pain^I10")
    assert found["location"][0]["location"]["display"] == "ICU 2 A x" and found["serviceType"]["text"] == "Cardiology"
    assert found["reasonCode"][0]["coding"][0]["code"] == "R07"
    assert (found["hospitalization"]["admitSource"]["text"], found["hospitalization"]["dischargeDisposition"]["text"]) == ("Emergency room", "Home")


def test_a_visit_is_known_by_its_number_then_the_account_then_the_time_of_admission() -> None:
    account = PID + "||||||||||V1^^^HIS"
    numbered = [message(PID, PV1), message(account, pv1(f19="")), message(PID, pv1(f19="", f50="V1^^^HIS"))]
    assert len({key for data in numbered for key in keys(data, "Encounter")}) == 1
    timed = keys(message(PID, pv1(f19="")), "Encounter")
    assert timed == keys(message(PID, pv1(f19="")), "Encounter") != keys(message(PID, pv1(f19="", f44="20200302")), "Encounter")


def test_a_visit_of_which_nothing_is_said_is_none() -> None:
    assert kinds(message(PID, "PV1|1|N")) == ["Patient"]


def test_the_same_visit_is_the_same_record_in_every_later_message() -> None:
    events = [message(PID, pv1(f45=end), type=f"ADT^{event}", id=event) for event, end in (("A01", ""), ("A02", ""), ("A03", END), ("A08", END), ("A11", ""))]
    assert len({key for data in events for key in keys(data, "Encounter")}) == 1


def test_a_message_about_something_else_only_mentions_the_visit() -> None:
    assert "Encounter.mentioned" in kinds(oru("OBX|1|NM|K^K^L||5", patient=f"{PID}\r{PV1}"))
    assert kinds(message(PID, PV1, type="ADT^A31")) == ["Patient", "Encounter.mentioned"]


def test_a_visit_that_was_merged_into_another_should_not_stand_there() -> None:
    data = message(PID, seg("MRG", {1: "100^^^HIS^MR", 5: "V0^^^HIS^VN"}), PV1, type="ADT^A42")
    merged, kept = keys(data, "Encounter"), keys(message(PID, PV1), "Encounter")
    assert merged == keys(message(PID, pv1(f19="V0^^^HIS^VN")), "Encounter") and merged != kept
    assert keys(data, "Encounter.mentioned") == kept


def test_events_of_a_visit_refer_to_it() -> None:
    found = body(message(PID, PV1, "DG1|1||I10"), "Condition")
    assert found["encounter"]["reference"] == "Encounter/" + keys(message(PID, PV1), "Encounter")[0]


def test_before_version_2_2_the_event_stood_in_its_own_segment_only() -> None:
    assert body(message("EVN|A03|20200305", PID, pv1(), type="ADT"), "Encounter")["status"] == "finished"
