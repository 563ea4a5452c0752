"""A form for any act, made from the type of its arguments, and what was filled in read back; an act whose arguments do not fit a form has none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import inspect

from dujiang.act import Act
from dujiang.doors.desk import labels
from dujiang.doors.desk.cells import Reader
from dujiang.words import PURPOSES, Role

Given = Mapping[str, Sequence[str]]  # a posted form: every value of every name
LONG = frozenset({"reason", "why", "note", "text"})  # prose, typed into more than a line
MANY = (inspect.VarTupleType, inspect.ListType, inspect.SetType, inspect.FrozenSetType)
DAYS = frozenset({"until", "born", "visited"})
PURPOSE = frozenset({"purpose", "purposes"})
WITHIN = frozenset({Role.SYSTEM, Role.PARTY, Role.PUBLIC})  # roles that nobody is given
CODE = frozenset({"system", "code"})


@dataclass(frozen=True)
class Field:
    """One thing to fill in. `kind`: text, long, number, check, choice, choices, lines, codes, hidden; `name` is dotted inside a part."""

    name: str
    label: str
    kind: str
    needed: bool = True
    value: str = ""
    chosen: frozenset[str] = frozenset()
    options: tuple[tuple[str, str], ...] = ()
    whole: bool = False  # a number without a fraction
    least: str = ""
    most: str = ""


class NoForm(Exception):
    """The arguments hold something that a form cannot: an object of many shapes, a dictionary."""


def fields_of(act: Act, reader: Reader, given: Given, known: Mapping[str, Sequence[tuple[str, str]]] | None = None) -> tuple[Field, ...]:
    """The fields of an act's form, filled with what is given; `known` are the choices of a name, as value and words. NoForm where there is none."""
    info = inspect.type_info(act.takes)
    return tuple(_fields(info, "", _Making(reader, given, known or {}, on=act.on is not None)))


def has_form(act: Act) -> bool:
    """Whether a form can carry the act's arguments."""
    try:
        fields_of(act, Reader("en"), {})
    except NoForm:
        return False
    return True


@dataclass(frozen=True)
class _Making:
    reader: Reader
    given: Given
    known: Mapping[str, Sequence[tuple[str, str]]]
    on: bool  # the act is on a thing, whose id is not typed


def _fields(info: inspect.Type, at: str, making: _Making) -> Iterator[Field]:
    assert isinstance(info, inspect.StructType)
    if info.tag is not None:
        raise NoForm
    for one in info.fields:
        yield from _field(f"{at}{one.encode_name}", one, making)


def _field(name: str, one: inspect.Field, making: _Making) -> Iterator[Field]:
    kind, last = _plain(one.type), name.rpartition(".")[2]
    before = _default(one)
    if isinstance(kind, inspect.StructType):
        yield from _fields(kind, f"{name}.", making)
        return
    label = _label(name, making.reader)
    values = making.given.get(name, before)
    first = values[0] if values else ""
    needed, options = one.required, _options(last, kind, making)
    if making.on and name == "id":
        yield Field(name, label, "hidden", value=first)
    elif isinstance(kind, MANY):
        yield _many(Field(name, label, "lines", needed, "\n".join(values), frozenset(values)), kind, options)
    elif isinstance(kind, inspect.BoolType):
        yield Field(name, label, "check", False, chosen=frozenset({"yes"}) if first in ("yes", "True") else frozenset())
    elif options:
        yield Field(name, label, "choice", needed, first, frozenset({first}), options)
    elif isinstance(kind, inspect.IntType | inspect.FloatType):
        least, most = ("" if bound is None else str(bound) for bound in (kind.ge, kind.le))
        yield Field(name, label, "number", needed, first, whole=isinstance(kind, inspect.IntType), least=least, most=most)
    elif isinstance(kind, inspect.StrType):
        yield Field(name, label, "day" if last in DAYS else "long" if last in LONG else "text", needed, first)
    else:
        raise NoForm


def _many(field: Field, kind: Any, options: tuple[tuple[str, str], ...]) -> Field:
    """A list: boxes to tick where the words are known, else a line each."""
    if options:
        return Field(field.name, field.label, "choices", field.needed, chosen=field.chosen, options=options)
    if isinstance(kind.item_type, inspect.StructType) and {f.encode_name for f in kind.item_type.fields} == CODE:
        return Field(field.name, field.label, "codes", field.needed, field.value)
    if not isinstance(kind.item_type, inspect.StrType):
        raise NoForm
    return field


def _plain(kind: inspect.Type) -> inspect.Type:
    """The type without "or nothing"."""
    if isinstance(kind, inspect.UnionType):
        there = [t for t in kind.types if not isinstance(t, inspect.NoneType)]
        if len(there) != 1:
            raise NoForm
        return there[0]
    return kind


def _default(one: inspect.Field) -> tuple[str, ...]:
    value = one.default if one.default is not msgspec.NODEFAULT else None
    if value is None or isinstance(value, msgspec.Struct):
        return ()
    return tuple(map(str, value)) if isinstance(value, tuple | list | frozenset | set) else (str(getattr(value, "value", value)),)


def _options(name: str, kind: inspect.Type, making: _Making) -> tuple[tuple[str, str], ...]:
    """The words a field can be, with how the reader calls them."""
    inner = kind.item_type if isinstance(kind, MANY) else kind
    if isinstance(inner, inspect.EnumType):
        return tuple((str(v.value), _word(name, v.value, making.reader)) for v in inner.cls if v.value not in WITHIN)
    if isinstance(inner, inspect.LiteralType):
        return tuple((str(v), _word(name, v, making.reader)) for v in inner.values)
    if isinstance(inner, inspect.StrType) and name in PURPOSE:
        return tuple((code, f"{says.in_(making.reader.lang)} ({code})") for code, says in PURPOSES.items())
    return tuple(making.known.get(name, ())) if isinstance(inner, inspect.StrType) else ()


def _word(name: str, value: Any, reader: Reader) -> str:
    if name in ("grade", "ceiling") and value in labels.GRADES:
        return f"{int(value)} {labels.GRADES[int(value)].in_(reader.lang)}"
    return labels.choice(str(value), reader.lang)


def _label(name: str, reader: Reader) -> str:
    """What a field is called; a saying is asked for in each of its languages."""
    head, _, last = name.rpartition(".")
    if last in ("en", "zh"):
        return f"{labels.column(head, reader.lang)} ({reader.t('English', '英文') if last == 'en' else reader.t('Chinese', '中文')})"
    return labels.column(last, reader.lang)


def read_form(act: Act, given: Given) -> dict[str, Any]:
    """The arguments that a posted form holds, for the gate to read: what is not needed and left empty is left out."""
    found: dict[str, Any] = {}
    for field in fields_of(act, Reader("en"), given):
        value = _value(field, given.get(field.name, ()))
        if value is None:
            continue
        *parts, last = field.name.split(".")
        place = found
        for part in parts:
            place = place.setdefault(part, {})
        place[last] = value
    return found


def _value(field: Field, values: Sequence[str]) -> Any:
    first = values[0].strip() if values else ""
    if field.kind == "check":
        return first == "yes"
    if field.kind == "choices" or (field.kind == "lines" and len(values) > 1):
        return list(values) or (None if not field.needed else [])
    if field.kind in ("lines", "codes"):
        lines = [line.strip() for line in first.splitlines() if line.strip()]
        return [_code(line) for line in lines] if field.kind == "codes" else lines
    if not first:
        return "" if field.needed and field.kind in ("text", "long") else None
    return _number(first) if field.kind == "number" or _is_number(field) else first


def _is_number(field: Field) -> bool:
    """Whether the words of a choice stand for numbers, as a grade's do."""
    return field.kind == "choice" and bool(field.options) and all(value.isdigit() for value, _ in field.options)


def _number(text: str) -> int | float | str:
    """A number, or the text as it stands, for the gate to refuse."""
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _code(line: str) -> dict[str, str] | str:
    system, _, code = line.partition(" ")
    return {"system": system, "code": code.strip()} if code.strip() else line
