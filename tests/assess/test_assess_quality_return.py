"""What is found goes back to the source: in its words, grouped by who can put it right, in both languages."""

from dujiang.assess.quality_flags import Flag
from dujiang.assess.quality_parts import Part
from dujiang.assess.quality_return import findings, letter

PART = Part(
    what="zone-a", rows=400, score=71, categories={},
    found={"code_missing.observation": (1, 100), "start_missing.observation": (3, 50), "code_system_unknown.observation": (40, 50)},
)
FLAGS = [
    Flag(table="observation", key=1, check="start_missing.observation", kind="Observation", file="a.ndjson", line=4, arrival="a-1"),
    Flag(table="observation", key=2, check="start_missing.observation", kind="Diagnosis", file="b.csv", line=9, arrival="a-1"),
    Flag(table="observation", key=3, check="code_missing.observation"),
]


def test_what_failed_comes_first_the_larger_share_before_the_smaller() -> None:
    assert [(f.check.split(".")[0], f.failed) for f in findings(PART, FLAGS)] == [
        ("code_system_unknown", True), ("start_missing", True), ("code_missing", False)
    ]


def test_a_finding_names_the_kinds_of_record_the_source_knows() -> None:
    found = {f.check: f for f in findings(PART, FLAGS)}
    assert found["start_missing.observation"].kinds == ("Diagnosis", "Observation")
    assert found["start_missing.observation"].examples == tuple(FLAGS[:2])


def test_the_letter_groups_findings_by_who_can_put_them_right() -> None:
    text = letter("HIS", PART, FLAGS)
    assert text.en.index("put right by the source that recorded it") < text.en.index("An event has no date.")
    assert text.en.index("An event has no date.") < text.en.index("put right by this node's mapping of codes") < text.en.index("source's own")
    assert text.zh.index("由产生记录的来源系统整改") < text.zh.index("事件记录缺少日期。") < text.zh.index("由本节点的编码映射整改")


def test_the_letter_gives_numbers_places_and_what_to_do_in_both_languages() -> None:
    text = letter("HIS", PART, FLAGS)
    assert "3 of 50 (6.0 %), over the limit." in text.en and "50 条中有 3 条（6.0%），超出限值。" in text.zh
    assert "1 of 100 (1.0 %), within the limit." in text.en and "未超限值" in text.zh
    assert "- file a.ndjson, line 4" in text.en and "- 文件 b.csv，第 9 行" in text.zh
    assert "Record the date on which it happened." in text.en and "请补录发生日期。" in text.zh


def test_a_row_without_a_place_is_counted_and_not_pointed_at() -> None:
    assert "None" not in letter("HIS", PART, FLAGS).en


def test_a_source_without_faults_is_told_so() -> None:
    text = letter("HIS", Part(what="zone-a", rows=9, score=100, categories={}, found={}), [])
    assert "Nothing was found." in text.en and "未发现问题。" in text.zh
