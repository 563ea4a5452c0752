"""Code systems by their short names, and the few standard concepts that are known without a licensed vocabulary.

No SNOMED, LOINC or RxNorm tables are shipped: such a concept is 0, its code is kept, and the work-list says why.
"""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from dujiang.words import Saying

LOCAL = "LOCAL"  # the short name of every system that is not known: the source's own

REASONS: dict[str, Saying] = {
    "no_vocabulary": Saying(en="The code system is known; its vocabulary is not loaded here.", zh="编码体系已知，但本节点未加载其词表。"),
    "unknown_system": Saying(en="The code system is not known; the code is kept as the source's own.", zh="编码体系未知，按院内编码保留。"),
    "unknown_code": Saying(en="The code is not in the list for this field.", zh="该编码不在此字段的对照表中。"),
    "no_standard": Saying(en="The vocabulary knows the code and maps it to no standard concept.", zh="词表收录该编码，但未将其映射到标准概念。"),
    "other_domain": Saying(en="The code's standard concept belongs to another table.", zh="该编码的标准概念属于其他数据表的领域。"),
    "no_code": Saying(en="The record has no code, at most a text.", zh="记录没有编码，至多只有文本。"),
    "text.not_asserted": Saying(en="The text doubts or denies it, or speaks of the past or of kin.", zh="文本为疑似、否认、既往史或家族史，未赋编码。"),
    "value.implausible": Saying(en="No living person has such a value in its unit; it is kept.", zh="该数值在其单位下不可能出现于活体；已保留。"),
    "value.out_of_range": Saying(en="The number does not fit 29 digits and 9 decimals; its text is kept.", zh="数值超出 29 位整数 9 位小数的范围；原文已保留。"),
    "value.not_a_number": Saying(en="What is said to be a number is none; its text is kept.", zh="标为数值的内容不是数值；原文已保留。"),
    "date.none": Saying(en="A death without a date: the record is kept, the death has no row.", zh="死亡记录没有日期：记录已保留，但不生成死亡行。"),
    "column.missing": Saying(en="A column that the table's map names was not delivered with these records.", zh="映射所用的列未随这些记录交付。"),
    "reference.dangling": Saying(en="The visit it names is not in the zone; the row is kept without it.", zh="所引用的就诊不在本分区；记录保留，但不关联就诊。"),
}
SET_ASIDE: dict[str, Saying] = {
    "reference.none": Saying(en="The record names no patient.", zh="记录未注明患者。"),
    "reference.dangling": Saying(en="The patient it names is not among the zone's persons.", zh="所引用的患者不在本分区的人员中。"),
    "note.no_text": Saying(en="The document holds no text of its own that can be read; it stays raw.", zh="文书本身不含可读取的文本，仅保留原始记录。"),
    "person.no_birth_date": Saying(en="The patient has no year of birth, which the model demands.", zh="患者缺少标准模型要求的出生年份。"),
    "date.none": Saying(en="Neither the record nor its visit has a date.", zh="记录及其就诊均无日期。"),
    "record.entered_in_error": Saying(en="The source says it was entered in error.", zh="来源标明该记录录入有误。"),
    "record.not_done": Saying(en="The source says it did not happen.", zh="来源标明该事项未发生。"),
    "record.no_key": Saying(en="A column that names the row by the table's map is empty.", zh="映射声明的主键列为空。"),
    "record.superseded": Saying(en="A later row has the same key and takes its place.", zh="后到的同主键行已取代该行。"),
    "record.left_out": Saying(en="The table's map leaves the row out.", zh="按映射条件，该行不纳入标准表。"),
    "record.unreadable": Saying(en="The record's text cannot be taken apart.", zh="记录文本无法解析。"),
}


def _rows(name: str) -> Iterator[dict[str, str]]:
    lines = files("dujiang.standardise").joinpath(name).read_text(encoding="utf-8").splitlines()
    yield from csv.DictReader(lines)


@cache
def systems() -> dict[str, str]:
    """Short name by URI; a URI is compared without `https`, a slash at its end, a version behind `|`."""
    return {row["uri"]: row["name"] for row in _rows("code_systems.csv")}


@cache
def concepts() -> dict[str, dict[str, int]]:
    """Standard concept by domain (sex, visit, race, ethnicity, operator) and code in lower case."""
    found: dict[str, dict[str, int]] = {}
    for row in _rows("concepts.csv"):
        found.setdefault(row["domain"], {})[row["code"]] = int(row["concept"])
    return found


def short_name(uri: str) -> str | None:
    """The system's short name; None when it is not known. A short name is its own."""
    plain = uri.split("|")[0].rstrip("/")
    plain = "http://" + plain.removeprefix("https://") if plain.startswith("https://") else plain
    return systems().get(plain) or (plain if plain in set(systems().values()) else None)


def macros() -> str:
    """The same look-ups as SQL macros: `system_name(uri)` and `<domain>_concept(code)`, NULL for what is not known.

    A MAP and not a CASE: planning a long CASE for every place a macro stands in cost more than running it.
    """
    known = {**systems(), **{name: name for name in systems().values()}}
    plain = "rtrim(split_part(replace(uri, 'https://', 'http://'), '|', 1), '/')"
    made = [
        f"CREATE OR REPLACE MACRO known_system(uri) AS {_map(known)}[uri]",
        f"CREATE OR REPLACE MACRO system_name(uri) AS coalesce(known_system(uri), known_system({plain}))",
    ]
    made += [f"CREATE OR REPLACE MACRO {domain}_concept(code) AS {_map(codes)}[lower(trim(code))]" for domain, codes in concepts().items()]
    return ";\n".join(made)


def _map(pairs: Mapping[str, str | int]) -> str:
    return "MAP {" + ", ".join(f"'{key}': {value!r}" for key, value in pairs.items()) + "}"
