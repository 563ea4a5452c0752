"""Every act as a command, made from the table of acts: `dujiang do request submit --dir FOLDER --id …`."""

import json
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import click
import msgspec

from dujiang.act import Act
from dujiang.doors.client import Client
from dujiang.errors import Malformed, Unknown
from dujiang.gate.acts import ACTS
from dujiang.words import Role, one_of

PATIENCE = 5.0  # seconds for which a command waits for a party that is starting
LISTS = (tuple, list, frozenset, set)
MOST_CHOICES = 6  # words that the help spells out
WITHIN = frozenset({Role.SYSTEM, Role.PARTY})  # acts of these alone are no command of anybody's: hidden in lists, refused by the gate


@click.command("acts")
@click.option("--json", "as_json", is_flag=True, help="As JSON. 以 JSON 输出")
def acts(as_json: bool) -> None:
    """List every act: what is not here cannot be done. 列出全部操作"""
    if as_json:
        rows = [{"act": a.name, "who": sorted(a.who), "where": sorted(a.where), "en": a.says.en, "zh": a.says.zh} for a in ACTS.values()]
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    for act in ACTS.values():
        click.echo(f"{act.name:22} {'+'.join(sorted(act.where)):9} {act.says.en} {act.says.zh}  [{', '.join(sorted(act.who))}]")


class Groups(click.Group):
    """The acts of one kind of thing as sub-commands; or the kinds."""

    def __init__(self, kind: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind

    def list_commands(self, ctx: click.Context) -> list[str]:
        if not self.kind:
            return sorted({name.partition(".")[0] for name in ACTS})
        return sorted(name.partition(".")[2] for name in ACTS if name.startswith(self.kind + "."))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        if not self.kind:
            acts_of = [a for a in ACTS.values() if a.name.startswith(cmd_name + ".")]
            verbs = ", ".join(a.name.partition(".")[2] for a in acts_of if not a.who <= WITHIN)
            return Groups(cmd_name, name=cmd_name, help=verbs, hidden=not verbs)
        return command_of(ACTS[f"{self.kind}.{cmd_name}"])


def command_of(act: Act) -> click.Command:
    """The command of one act, with an option per argument."""
    options: list[click.Parameter] = [
        click.Option(["--dir", "folder"], type=click.Path(path_type=Path), required=True, help="The running party's folder. 目录"),
        click.Option(["--token"], envvar="DUJIANG_TOKEN", default="", help="Access token, or @FILE; or set DUJIANG_TOKEN. 访问令牌"),
        click.Option(["--json", "body"], default="", help="All arguments as one JSON object, or @FILE. 全部参数（JSON）"),
        click.Option(["--key"], default="", help="The same key again is the same call, done once. 幂等键"),
    ]
    fields = msgspec.structs.fields(act.takes)
    types = {f"arg_{f.name}": (f.encode_name, f.type) for f in fields}
    options += [
        click.Option([f"--{f.encode_name.replace('_', '-')}", f"arg_{f.name}"], metavar=word_for(f.type), help="" if f.required else "optional 可选")
        for f in fields
    ]

    def call(folder: Path, token: str, body: str, key: str, **given: str | None) -> None:
        if not (folder / "config.json").is_file():
            raise Unknown("folder.unknown", "There is no Dujiang in that folder. Make one with `init`.", "该文件夹不是都江的目录，请先运行 init。")
        named = {types[n][0]: value_of(v, types[n][1]) for n, v in given.items() if v is not None}
        args = {**object_of(body), **named}
        client = Client(folder, header(from_file(token).strip()), patience=PATIENCE)
        try:
            answer = client.look(act.name, **args) if act.look else client.do(act.name, args, key=header(key))
        except Unknown as absent:
            raise elsewhere(act) if absent.rule == "http.404" else absent from None
        click.echo(json.dumps(answer, indent=1, ensure_ascii=False))

    return click.Command(
        act.name.partition(".")[2], params=options, callback=call, help=f"{act.says.en} {act.says.zh}\n\n{', '.join(sorted(act.who))}",
        short_help=f"{act.says.en} {act.says.zh}", hidden=act.who <= WITHIN,
    )


def elsewhere(act: Act) -> Unknown:
    """The party has no route for the act: it is done at the other kind of place."""
    return Unknown("call.place", "The party in that folder does not do {act}; it is done at: {where}.", "该文件夹的机构不执行 {act}，该操作在以下位置执行：{where}。",
                   act=act.name, where=one_of(act.where))


def from_file(text: str) -> str:
    """What a value that begins with `@` names, else the value."""
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise Malformed("call.file", "The file named after @ cannot be read as text.", "@ 后所指的文件无法按文本读取。") from None


def header(text: str) -> str:
    """The text if it can stand in a header of HTTP, as every token and key can."""
    if not (text.isascii() and (text.isprintable() or not text)):
        raise Malformed("call.token", "An access token or a key is plain ASCII without spaces at its ends.", "访问令牌与幂等键只能是不含换行的 ASCII 字符。")
    return text


def object_of(body: str) -> dict[str, Any]:
    """A JSON object; empty for none."""
    try:
        found = json.loads(from_file(body) or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Malformed("call.json", "--json takes one JSON object, or @ and a file that holds one.", "--json 需为一个 JSON 对象，或 @ 加包含该对象的文件。")
    return found


def choices(kind: Any) -> list[str]:
    """The words that a field of this type can be; none when it is not a choice of words."""
    if get_origin(kind) is Literal:
        return [str(v) for v in get_args(kind)]
    return [str(v.value) for v in kind] if isinstance(kind, type) and issubclass(kind, Enum) and issubclass(kind, str) else []


def is_text(kind: Any) -> bool:
    """Whether a field of this type takes text as it stands."""
    parts = [p for p in get_args(kind) if p is not NoneType] if get_origin(kind) is not Literal else []
    return bool(choices(kind)) or kind is str or (bool(parts) and get_origin(kind) not in LISTS and all(map(is_text, parts)))


def word_for(kind: Any) -> str:
    """What to write for an argument, for the help."""
    if get_origin(kind) in LISTS:
        return f"{word_for(get_args(kind)[0])},…" if is_text(get_args(kind)[0]) else "JSON"
    if (found := choices(kind)) and len(found) <= MOST_CHOICES:
        return "|".join(found)
    if is_text(kind):
        return "TEXT"
    if kind is bool:
        return "YES|NO"
    return "NUMBER" if isinstance(kind, type) and issubclass(kind, int | float) else "JSON"


def value_of(text: str, kind: Any) -> Any:
    """A value from the command line: text stays text, a list of texts may be written with commas, everything else is JSON."""
    text = from_file(text)
    if is_text(kind):
        return text
    if get_origin(kind) in LISTS and is_text(get_args(kind)[0]) and not text.lstrip().startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is bool and text.lower() in ("yes", "no"):
        return text.lower() == "yes"
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


do = Groups(name="do", help="Perform an act at a running party. 执行操作")
