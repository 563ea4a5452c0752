"""The command line: make and run parties, every act as a command, offline verification, the generator and the demo."""

import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

import dujiang
from dujiang.errors import Broken, DujiangError, Unavailable

REFUSED, FAULT = 3, 4  # exit codes
# Commands import what they run when they run it: `verify` and `--help` answer at once, and a node starts no faster than it must.
HOUSE = {
    "hub": "dujiang.doors.house:hub",
    "node": "dujiang.doors.house:node",
    "verify": "dujiang.doors.proofs:verify",
    "synth": "dujiang.doors.house:synth",
    "demo": "dujiang.doors.demo.command:demo",
    "acts": "dujiang.doors.calls:acts",
    "do": "dujiang.doors.calls:do",
}
HELP = {
    "hub": "The alliance's office: init, start. 联盟枢纽",
    "node": "One institution's Dujiang: init, start. 机构节点",
    "verify": "Check a receipt or a log offline. 离线验证凭证或日志",
    "synth": "Write a small synthetic world of people and hospitals. 生成合成世界",
    "demo": "Three hospitals, one question, one answer with its proof. 三院演示",
    "acts": "List every act: who may do it, where. 列出全部操作",
    "do": "Perform an act at a running party: dujiang do request submit --help. 执行操作",
}


class House(click.Group):
    """The commands by name, each loaded when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(HOUSE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in HOUSE:
            return None
        module, _, name = HOUSE[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(HELP.items()))


@click.command(cls=House, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(dujiang.__version__, prog_name="dujiang")
def app() -> None:
    """Dujiang 都江: hospitals keep their records at home and still share their value."""


def main(args: Sequence[str] | None = None) -> None:
    """Run a command; a refusal is one sentence in both languages and exit code 3, never a traceback.

    A fault of ours is exit code 4 and tells its type only: its text could hold a record's value.
    """
    try:
        app.main(args=list(args) if args is not None else None, prog_name="dujiang")
    except DujiangError as refusal:
        end(refusal, REFUSED)
    except OSError as fault:
        end(Unavailable("system.file", "A file or an address cannot be used ({kind}).", "文件或地址无法使用（{kind}）。", kind=type(fault).__name__), REFUSED)
    except Exception as fault:
        end(Broken("system.fault", "Something broke here ({kind}). Please report it.", "程序内部故障（{kind}），请反馈。", kind=type(fault).__name__), FAULT)


def end(error: DujiangError, code: int) -> NoReturn:
    """Say why, in both languages, and end."""
    click.echo(f"{error.rule}: {error.en}\n{error.zh}", err=True)
    sys.exit(code)
