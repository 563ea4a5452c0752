"""Reads a table map out of its YAML: which table fills what, with which expressions; whatever else stands there is refused with line and column.

    map: outpatients
    lookups:
      kind of visit: {门诊: AMB, 急诊: EMER, 住院: IMP}
    layouts:                      # of tables of fixed width: first and last place, from 1
      labs: {编号: 1-8, 结果: 9-20}
    tables:
      - table: 诊断*              # the table's name; a * at its end takes parts of it, such as 诊断_2024
        to: condition_occurrence
        key: 诊断流水号            # one expression or a list; without it the row's whole content is its key
        where: 状态 <> '作废'
        join: {字典: {table: 诊断字典, on: {编码: 诊断编码}}}   # its column: our expression
        columns:
          person: person(患者编号)
          start: date(诊断日期)
          code: code('ICD10', 诊断编码, 字典.名称)

`each: {白细胞: '6690-2', 血红蛋白: '718-7'}` gives a row for each of these columns that is not empty; `each_name()`, `each_value()`,
`each_said()` are the column's name, its value, and what the map says of it.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

import yaml

from dujiang.standardise.tables.grammar import Node, Place, parse
from dujiang.standardise.tables.slots import slot_of, targets

LONGEST = 256 << 10
MOST_TABLES = 200
_NAME = re.compile(r"[^\x00-\x1f\x7f'\"\\{}*]{1,120}\*?")
_PLACES = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_PARTS = ("table", "to", "key", "where", "join", "each", "part", "columns")


class Join(NamedTuple):
    """Another table whose row is found by (its column, our expression) pairs."""

    table: str
    on: tuple[tuple[str, Node], ...]


class Entry(NamedTuple):
    """One table's way into one target."""

    place: Place
    table: str
    to: str
    key: tuple[Node, ...]
    where: Node | None
    joins: Mapping[str, Join]
    each: Mapping[str, str]
    part: str
    columns: Mapping[str, Node]


class Document(NamedTuple):
    """A map as read."""

    name: str
    lookups: Mapping[str, Mapping[str, str]]
    layouts: Mapping[str, Mapping[str, tuple[int, int]]]
    entries: tuple[Entry, ...]


def read_document(text: str, name: str = "") -> Document:
    """The map; Malformed for what is no YAML, has aliases, or says what no map can say."""
    place = Place(map=name)
    if len(text) > LONGEST:
        place.refuse("long", "a map has {most} characters at most.", "映射最长 {most} 个字符。", most=LONGEST)
    try:
        if any(isinstance(token, (yaml.AliasToken, yaml.TagToken)) for token in yaml.scan(text)):
            place.refuse("alias", "aliases and tags are not allowed in maps.", "映射中不允许使用别名或标签。")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        _at(name, error.problem_mark).refuse("yaml", "this is not valid YAML.", "不是有效的 YAML。")
    except (yaml.YAMLError, RecursionError):
        place.refuse("yaml", "this is not valid YAML.", "不是有效的 YAML。")
    return _Reader(name).document(root)


def _at(name: str, mark: yaml.Mark | None) -> Place:
    return Place(map=name, line=mark.line + 1, column=mark.column + 1) if mark else Place(map=name)


class _Reader:
    """Walks YAML's nodes, which know where they stand."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _place(self, node: yaml.Node | None) -> Place:
        return _at(self._name, node.start_mark if node is not None else None)

    def document(self, root: yaml.Node | None) -> Document:
        parts = self._mapping(root, known=("map", "title", "lookups", "layouts", "tables"))
        if not self._name and "map" in parts:
            self._name = self._said(parts["map"])
        listed = self._listed(parts.get("tables"), root)
        if len(listed) > MOST_TABLES:
            self._place(root).refuse("many", "a map has {most} tables at most.", "一个映射最多 {most} 张表。", most=MOST_TABLES)
        lookups = {n: {k: self._said(v) for k, v in self._mapping(one).items()} for n, one in self._some(parts.get("lookups")).items()}
        layouts = {n: {k: self._places(v) for k, v in self._mapping(one).items()} for n, one in self._some(parts.get("layouts")).items()}
        return Document(self._name, lookups, layouts, tuple(self._entry(one) for one in listed))

    def _entry(self, node: yaml.Node) -> Entry:
        parts = self._mapping(node, known=_PARTS, needed=("table", "to", "columns"))
        to = self._said(parts["to"])
        if to not in targets():
            self._place(parts["to"]).refuse("target", "choose one of these targets: {targets}.", "目标须为以下之一：{targets}。", targets=", ".join(targets()))
        each = parts.get("each")
        return Entry(
            place=self._place(node), table=self._table(parts["table"]), to=to, key=self._key(parts.get("key")),
            where=self._expression(parts["where"]) if "where" in parts else None,
            joins={alias: self._join(one) for alias, one in self._some(parts.get("join")).items()},
            each=self._each(each), part=self._said(parts["part"]) if "part" in parts else "", columns=self._columns(parts["columns"], to),
        )

    def _columns(self, node: yaml.Node, to: str) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for word, one in self._mapping(node).items():
            slot = slot_of(to, word)
            if slot is None or slot.name in found:
                self._place(one).refuse(
                    "slot", "{to} is filled by these, each once: {slots}.", "{to} 可填写以下各项，每项一次：{slots}。", to=to,
                    slots=", ".join(s.name for s in targets()[to]),
                )
            found[slot.name] = self._expression(one)
        for slot in targets()[to]:
            if slot.required and slot.name not in found:
                self._place(node).refuse("lacks", "{to} cannot do without “{slot}”.", "{to} 必须填写“{slot}”。", to=to, slot=slot.name)
        return found

    def _key(self, node: yaml.Node | None) -> tuple[Node, ...]:
        if isinstance(node, yaml.SequenceNode):
            return tuple(self._expression(one) for one in node.value)
        return (self._expression(node),) if node is not None else ()

    def _join(self, node: yaml.Node) -> Join:
        parts = self._mapping(node, known=("table", "on"), needed=("table", "on"))
        on = tuple((column, self._expression(one)) for column, one in self._mapping(parts["on"]).items())
        if not on:
            self._place(node).refuse("join", "a join needs a column under “on”.", "关联（join）须在 on 下写明列。")
        return Join(self._table(parts["table"]), on)

    def _each(self, node: yaml.Node | None) -> dict[str, str]:
        if isinstance(node, yaml.SequenceNode):
            return {self._said(one): "" for one in node.value}
        return {column: self._said(one) for column, one in self._some(node).items()}

    def _places(self, node: yaml.Node) -> tuple[int, int]:
        found = _PLACES.fullmatch(self._said(node))
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 1 <= first <= last:
            self._place(node).refuse("places", "say the first and last place, such as 9-20.", "请写明起止位置，例如 9-20。")
        return first, last

    def _table(self, node: yaml.Node) -> str:
        name = self._said(node).lower()
        if not _NAME.fullmatch(name):
            self._place(node).refuse("table", "this cannot be a table's name.", "表名无效。")
        return name

    def _expression(self, node: yaml.Node) -> Node:
        place = self._place(node)
        if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"'):
            place = Place(map=place.map, line=place.line, column=place.column + 1)
        return parse(self._said(node), place)

    def _said(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self._place(node).refuse("text", "a text is expected here.", "此处应为文本。")
        return str(node.value).strip()

    def _some(self, node: yaml.Node | None) -> dict[str, yaml.Node]:
        return self._mapping(node) if node is not None else {}

    def _listed(self, node: yaml.Node | None, root: yaml.Node | None) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self._place(node or root).refuse("tables", "a map lists its tables under “tables”.", "映射须在 tables 下列出各表。")
        return list(node.value)

    def _mapping(self, node: yaml.Node | None, *, known: tuple[str, ...] = (), needed: tuple[str, ...] = ()) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._place(node).refuse("mapping", "names with values are expected here.", "此处应为“名称: 值”的列表。")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self._said(key)
            if name in found or (known and name not in known):
                self._place(key).refuse("name", "this name stands here twice or has no meaning here.", "该名称重复，或在此处没有意义。")
            found[name] = value
        for name in needed:
            if name not in found:
                self._place(node).refuse("needs", "“{name}” is missing.", "缺少“{name}”。", name=name)
        return found
