"""X12 claims and remittances: one record for each claim, money with its digits, and what is cut sets only itself aside."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collect.collect_device_given import broken, keys, remarks, seen
from collect.collect_landed import standard_rows
from collect.collect_shore import Shore
from dujiang.collect.readers.items import Record
from shared_data import shared

ISA = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *200101*0000*^*00501*000000001*0*P*:~GS*HC*A*B*20200101*0000*1*X*005010X222A2~"


def claim(number: str = "C1", person: str = "M1", code: str = "HC:99213") -> str:
    return (
        f"HL*2*1*22*0~NM1*IL*1*DOE*JO****MI*{person}~DMG*D8*19700131*F~NM1*PR*2*PAYER~CLM*{number}*100.50***11:B:1~HI*ABK:I10~LX*1~"
        f"SV1*{code}*100.50*UN*1***1~DTP*472*D8*20200102~"
    )


def claims(*parts: str) -> str:
    return ISA + "ST*837*0001~NM1*85*2*CLINIC*****XX*99~" + "".join(parts) + "SE*9*0001~GE*1*1~IEA*1*000000001~"


def payment(number: str = "C1", paid: str = "80.25") -> str:
    return f"CLP*{number}*1*100.50*{paid}*20.25*12*X~NM1*QC*1*DOE*JO****MI*M1~SVC*HC:99213*100.50*{paid}~DTM*472*20200102~"


def payments(*parts: str) -> str:
    return ISA + "ST*835*0001~N1*PR*PAYER~" + "".join(parts) + "SE*9*0001~"


def bodies(text: str, kind: str) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in seen(text, "a.txt")[1] if isinstance(one, Record) and one.kind == kind]


def test_a_claim_says_whose_it_is_what_for_and_how_much() -> None:
    (found,) = bodies(claims(claim()), "Claim")
    assert found["item"][0]["productOrService"]["coding"] == [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}]
    assert found["diagnosis"][0]["diagnosisCodeableConcept"]["coding"][0]["code"] == "I10" and found["billablePeriod"]["start"] == "2020-01-02"
    assert found["total"] == {"value": 100.5, "currency": "USD"}
    (person,) = [json.loads(one.body) for one in seen(claims(claim()), "a")[1] if one.kind == "Patient.mentioned"]  # type: ignore[union-attr]
    assert person["birthDate"] == "1970-01-31" and found["patient"]["reference"] == f"Patient/{person['id']}"


def test_a_payment_is_of_the_same_person_as_its_claim() -> None:
    (asked,), (paid,) = bodies(claims(claim()), "Claim"), bodies(payments(payment()), "ExplanationOfBenefit")
    assert asked["patient"] == paid["patient"] and paid["payment"]["amount"]["value"] == 80.25


def test_a_payment_becomes_a_procedure_with_its_cost(shore: Shore) -> None:
    rows = standard_rows(shore, shore.land({"a.txt": claims(claim()), "b.txt": payments(payment())}))
    (cost,), (done,) = rows["cost"], rows["procedure_occurrence"]
    assert (str(cost["total_charge"]), str(cost["total_paid"]), cost["cost_domain_id"]) == ("100.500000000", "80.250000000", "Procedure")
    assert cost["cost_event_id"] == done["procedure_occurrence_id"] and done["x_codes"] == "CPT4|99213" and done["procedure_type_concept_id"] == 32810
    assert cost["x_person_id"] == done["person_id"]


def test_members_of_a_family_with_one_number_are_two_persons() -> None:
    other = claim("C2").replace("DOE*JO", "DOE*AN")
    assert len(set(keys(seen(claims(claim(), other), "a")[1], "Patient.mentioned"))) == 2


def test_the_same_interchange_again_changes_nothing() -> None:
    first, second = (keys(seen(claims(claim()), "a")[1], "Claim") for _ in range(2))
    assert first == second and len(first) == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_line_breaks_between_segments_mean_nothing(end: str) -> None:
    assert len(bodies(claims(claim(), claim("C2")).replace("~", "~" + end), "Claim")) == 2


def test_a_claim_of_nobody_is_set_aside_and_its_neighbour_is_not() -> None:
    _, items = seen(claims(claim(person=""), claim("C2")), "a")
    assert broken(items) == ["x12.no_patient"] and len(keys(items, "Claim")) == 1


@given(st.integers(106, 900))
def test_a_cut_interchange_keeps_whole_claims_and_tells_the_cut(size: int) -> None:
    text = claims(claim(), claim("C2"), claim("C3"))
    cut = text[: min(size, text.index("SE*9"))]
    _, items = seen(cut, "a.x12")
    whole = max(0, cut.count("HL*2*1*22*0~") - 1)
    assert broken(items) and len(keys(items, "Claim")) == whole


@given(st.binary(max_size=400))
def test_noise_is_never_a_crash(noise: bytes) -> None:
    seen(ISA.encode() + noise, "a.x12")
    seen(noise, "a.x12")


def test_a_segment_without_end_is_refused_in_bounded_memory() -> None:
    assert broken(seen(ISA + "ST*837*1~" + "A" * (3 << 20), "a")[1]) == ["x12.too_long"]


def test_other_transactions_are_counted() -> None:
    assert remarks(seen(ISA + "ST*834*1~INS*Y~SE*2*1~", "a")[1]) == [("x12.unread", "834", 1)]


def test_every_shared_interchange_gives_its_claims_or_is_counted_as_unread() -> None:
    kinds: dict[str, int] = {}
    files = [*shared("claims/x12/resources").rglob("*.*"), *shared("claims/hccinfhir").glob("sample_8*.txt")]
    for path in sorted(files):
        if path.is_file():
            reader, items = seen(path.read_bytes(), path.name)
            assert reader == "x12" and not broken(items), path.name
            for one in items:
                name = one.kind if isinstance(one, Record) else "unread"
                kinds[name] = kinds.get(name, 0) + 1
    assert (kinds["Claim"], kinds["ExplanationOfBenefit"], kinds["unread"]) == (53, 8, 34)
