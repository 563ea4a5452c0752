"""Every act as a command, made from the table of acts: `dujiang do request submit --dir FOLDER --id …`."""

import json
from pathlib import Path
from typing import Any

import click
import msgspec

from dujiang.act import Act
from dujiang.doors.client import Client
from dujiang.gate.acts import ACTS


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
            return Groups(cmd_name, name=cmd_name)
        return command_of(ACTS[f"{self.kind}.{cmd_name}"])


def command_of(act: Act) -> click.Command:
    """The command of one act, with an option per argument. Values are JSON where that parses, else text."""
    options: list[click.Parameter] = [
        click.Option(["--dir", "folder"], type=click.Path(path_type=Path), required=True, help="The running party's folder. 目录"),
        click.Option(["--token"], envvar="DUJIANG_TOKEN", default="", help="Access token; or set DUJIANG_TOKEN. 访问令牌"),
        click.Option(["--json", "body"], default="", help="All arguments as one JSON object. 全部参数（JSON）"),
        click.Option(["--key"], default="", help="Idempotency key. 幂等键"),
    ]
    fields = msgspec.structs.fields(act.takes)
    options += [click.Option([f"--{f.encode_name.replace('_', '-')}", f"arg_{f.name}"], help=str(f.type).replace("typing.", "")) for f in fields]

    def call(folder: Path, token: str, body: str, key: str, **given: str | None) -> None:
        args = {**(json.loads(body) if body else {}), **{n.removeprefix("arg_"): value_of(v) for n, v in given.items() if v is not None}}
        client = Client(folder, token, patience=5)
        answer = client.look(act.name, **args) if act.look else client.do(act.name, args, key=key)
        click.echo(json.dumps(answer, indent=1, ensure_ascii=False))

    return click.Command(act.name.partition(".")[2], params=options, callback=call, help=f"{act.says.en} {act.says.zh}")


def value_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


do = Groups(name="do", help="Perform an act at a running party. 执行操作")
