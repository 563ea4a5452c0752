"""A list of codes with their names, as an institution has it (ICD-10 国临版, 医保版, its own): a code and a name in each row, more names if it likes."""

import re
from collections.abc import Iterator, Sequence

from dujiang.errors import Malformed
from dujiang.standardise.vocabularies.athena import Kept, Refuse
from dujiang.standardise.vocabularies.tabular import Row, table
from dujiang.world import Delivered

# What headers call the columns; compared without case, spaces and brackets.
_HEADERS = {
    "code": "code codes icd icd10 icd10code icdcode conceptcode diagnosiscode 编码 代码 疾病编码 疾病代码 诊断编码 诊断代码 主要编码 icd编码 icd10编码 icd代码 手术编码",
    "zh": "name zh chinese label disease diagnosis description conceptname 名称 中文名称 疾病名称 诊断名称 疾病诊断名称 中文名 诊断 手术名称",
    "en": "en english englishname 英文名称 英文名 英文",
    "also": "also synonyms synonym alias aliases 别名 同义词 又名 俗称 别称",
}
_BY_WORD = {word: column for column, words in _HEADERS.items() for word in words.split()}
_PLAIN = re.compile(r"[\s()（）\[\]【】\-_]+")
_ALSO = re.compile(r"[;；|]")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-_/+*†]{0,31}")
_DAGGER = str.maketrans("", "", "+*†")
LONGEST = 300


def entries(files: Sequence[Delivered], system: str, refuse: Refuse) -> Iterator[Kept]:
    """Rows of `names`, with an empty `concept`; Malformed when a file has no column for codes or none for names.

    A code loses the dagger and asterisk of ICD-10: they say how it is used, and are no part of it.
    """
    for file in files:
        rows = table(file)
        columns = None
        for line, cells, rule in rows:
            if cells is None:
                refuse(line, rule)
            elif columns is None:
                columns, heads = _columns((line, cells, ""))
                if not heads:
                    yield from _entry(line, cells, columns, system=system, refuse=refuse)
            else:
                yield from _entry(line, cells, columns, system=system, refuse=refuse)


def _columns(first: Row) -> tuple[dict[str, int], bool]:
    """Where code and names stand, and whether the row was a header; without one, a code and a name, in this order."""
    cells = first[1] or []
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if column := _BY_WORD.get(_PLAIN.sub("", cell).lower()):
            found.setdefault(column, place)
    if "code" in found and ("zh" in found or "en" in found):
        return found, True
    if len(cells) >= 2 and not found and _CODE.fullmatch(cells[0].strip()) and any(c.isdigit() for c in cells[0]) and cells[1].strip():
        return {"code": 0, "zh": 1}, False
    raise Malformed(
        "vocabulary.columns", "A list needs a column `code` and a column `name`; `en` and `also` may follow.",
        "清单须含“编码”列与“名称”列，另可有“英文名称”列与“别名”列。",
    )


def _entry(line: int, cells: list[str], columns: dict[str, int], *, system: str, refuse: Refuse) -> Iterator[Kept]:
    said = {column: cells[place].strip() if place < len(cells) else "" for column, place in columns.items()}
    code = said["code"].translate(_DAGGER)
    names = [(lang, said.get(lang, "")) for lang in ("zh", "en")] + [("also", each.strip()) for each in _ALSO.split(said.get("also", ""))]
    kept = [(lang, name) for lang, name in names if name and len(name) <= LONGEST]
    if not _CODE.fullmatch(code) or not kept:
        refuse(line, "list.incomplete")
        return
    for lang, name in kept:
        yield {"system": system, "code": code, "concept": None, "lang": lang, "name": name}
