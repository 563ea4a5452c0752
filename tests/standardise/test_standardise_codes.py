"""Codes of one concept: the two that come most often are written without a lambda, and like any other number of them."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dujiang.standardise.making import prepare
from dujiang.standardise.mapping import macros
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones

CODING = st.fixed_dictionaries(
    {"system": st.sampled_from([None, "", "http://loinc.org", "http://snomed.info/sct"]), "code": st.sampled_from([None, "", "a", "b", " a", "é", "Z", "a b"])}
)
_SAME = "array_to_string(list_sort(list_distinct(list_transform(with_code(c), lambda x: coded(x)))), ' ')"


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CODING, min_size=1, max_size=3), min_size=1, max_size=20))
def test_codes_are_written_sorted_and_once_however_many_there_are(tmp_path: Path, concepts: list[list[dict[str, str | None]]]) -> None:
    with DuckFrames(Zones(tmp_path)) as frames:
        prepare(frames, "north")
        frames.run(macros("fhir"))
        frames.load("given", {"c": "STRUCT(system VARCHAR, code VARCHAR)[]"}, ({"c": one} for one in concepts))
        found = frames.rows(f"SELECT codes(c), coalesce({_SAME}, '') FROM given")
    assert [one for one in found if one[0] != one[1]] == []
