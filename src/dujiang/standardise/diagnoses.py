"""Diagnoses that came as text get codes: each different text is read once, what is sure is written beside the text, the rest is a reviewer's list.

`x_terms` keeps, for every part of every text, how it was read: by which name, with what probability, or why it became no code. The text
stays in its row; a code found in it stands in `x_codes` like any other, and `x_terms` is its provenance.
"""

from collections.abc import Callable, Iterator
from typing import cast

import msgspec

from dujiang.standardise.terms.matching import LONGEST, Matcher, Part
from dujiang.standardise.vocabulary import LOCAL
from dujiang.world import Frames

MAPPED, UNSURE, NOT_ASSERTED, NOTHING_MEANT, UNREAD = "mapped", "unsure", "not_asserted", "no_diagnosis", "unread"
_WITHOUT = "system_name(code_system) IS NULL AND trim(code_text) <> ''"  # no code, or only the source's own
_PARTS = {
    "text": "VARCHAR", "place": "BIGINT", "part": "VARCHAR", "qualifiers": "VARCHAR", "codes": "VARCHAR", "name": "VARCHAR",
    "probability": "DECIMAL(4,3)", "how": "VARCHAR", "state": "VARCHAR", "candidates": "VARCHAR", "rows": "BIGINT",
}
# Of each text all its codes, the first of them, and whether anything at all was asserted in it.
_READ = f"""
CREATE OR REPLACE TABLE x_read AS
SELECT text, list_sort(list_distinct(flatten(list(string_split(codes, ' ')) FILTER (codes <> '')))) AS codes,
    split_part(min_by(codes, place) FILTER (codes <> ''), ' ', 1) AS first, bool_and(state = '{NOT_ASSERTED}') AS denied
FROM x_terms GROUP BY text"""
_WRITE = f"""
UPDATE condition_occurrence SET
    x_codes = array_to_string(list_sort(list_distinct(list_concat(string_split(nullif(x_codes, ''), ' '), r.codes))), ' '),
    code_system = split_part(first, '|', 1), code_found = split_part(first, '|', 2)
FROM x_read r WHERE r.text = code_text AND len(r.codes) > 0 AND {_WITHOUT}"""
# A text that is cut on the list (`_rows`) is not known again by it.
_KNOWN = f"INSERT INTO x_terms BY NAME SELECT * EXCLUDE (n, code_text) REPLACE (n AS \"rows\") FROM {{before}} b JOIN x_texts ON text = code_text WHERE length(text) < {LONGEST}"
_DENIED = "UPDATE condition_occurrence SET text_denied = true FROM x_read r WHERE r.text = code_text AND r.denied AND code_system IS NULL"


def read_diagnoses(frames: Frames, matcher: Callable[[], Matcher], *, before: str = "") -> None:
    """Read the texts of diagnoses without a code of a known system; the macros of any family must be there.

    `before` is a relation like `x_terms` in which texts were read by the same matcher; they are counted anew, not read.
    The matcher is made only where there is a text to read: its index takes a good part of a second.
    """
    frames.run(f"CREATE OR REPLACE TABLE x_texts AS SELECT code_text, count(*) AS n FROM condition_occurrence WHERE {_WITHOUT} OR code_found IS NOT NULL GROUP BY ALL")
    if before:
        frames.run(_KNOWN.format(before=before))
        frames.run("DELETE FROM x_texts WHERE code_text IN (SELECT text FROM x_terms)")
    texts = cast(list[tuple[str, int]], frames.rows("SELECT code_text, n FROM x_texts ORDER BY ALL"))
    if not texts and not before:
        return
    if texts:
        reader = matcher()
        frames.run("DROP TABLE IF EXISTS x_parts")
        frames.load("x_parts", _PARTS, (row for text, count in texts for row in _rows(reader, text, count)))
        frames.run("INSERT INTO x_terms BY NAME SELECT * FROM x_parts; DROP TABLE x_parts")
    frames.run(_READ)
    frames.run(_WRITE)
    frames.run(_DENIED)


def _rows(matcher: Matcher, text: str, count: int) -> Iterator[dict[str, object]]:
    reading = matcher.read(text)
    for place, part in enumerate(reading.parts, 1):
        best = part.candidates[0] if part.candidates else None
        qualifiers = " ".join(f"{q.kind}:{q.word.replace(' ', '_')}" for q in part.qualifiers)
        yield {
            "text": text, "place": place, "part": part.core, "qualifiers": qualifiers, "codes": _codes(part), "name": best.name if best and part.mapped else "",
            "probability": f"{best.probability:.3f}" if best else None, "how": best.how if best else "", "state": state(part),
            "candidates": msgspec.json.encode(part.candidates).decode() if not part.mapped else "[]", "rows": count,
        }
    if reading.unread or not reading.parts:
        yield {"text": text[:LONGEST], "place": 0, "part": "", "qualifiers": "", "codes": "", "name": "", "how": "", "state": UNREAD, "candidates": "[]", "rows": count}


def state(part: Part) -> str:
    """What became of a part."""
    if not part.mapped:
        return UNSURE
    if not part.candidates[0].codes:
        return NOTHING_MEANT
    return MAPPED if part.asserted else NOT_ASSERTED


def _codes(part: Part) -> str:
    """As `x_codes` writes them; a system of the source's own is LOCAL."""
    return " ".join(sorted(f"{code.system or LOCAL}|{code.code}" for code in part.codes))
