"""Commands that make and run parties, and the generator's."""

from pathlib import Path

import click

from dujiang.doors.serve import make_hub, make_node, run, stdin_closes
from dujiang.words import Saying
from dujiang_synth import write_pair, write_world

FOLDER = click.option("--dir", "folder", type=click.Path(path_type=Path), required=True, help="The party's folder. 目录")
PORT = click.option("--port", default=0, help="Port on 127.0.0.1; 0 keeps the last one or takes a free one. 端口")
STDIN = click.option("--with-stdin", is_flag=True, help="Stop when standard input closes. 标准输入关闭时退出")
DATABASE = click.option("--database", default="", help="SQLAlchemy URL of the control store; SQLite in the folder when empty. 控制库")
ORIGIN = click.option("--origin", default="dujiang.example/alliance", help="Name of the alliance's log. 日志名称")


@click.group()
def hub() -> None:
    """The alliance's office. 联盟枢纽"""


@hub.command("init")
@FOLDER
@ORIGIN
@DATABASE
@click.option("--name", default="Alliance office")
@click.option("--name-zh", default="联盟办公室")
def hub_init(*, folder: Path, origin: str, database: str, name: str, name_zh: str) -> None:
    """Make the hub's folder and print the operator's access token. 初始化枢纽"""
    click.echo(make_hub(folder, origin=origin, name=Saying(en=name, zh=name_zh), database=database))


@click.group()
def node() -> None:
    """One institution's Dujiang. 机构节点"""


@node.command("init")
@FOLDER
@ORIGIN
@DATABASE
@click.option("--party", required=True, help="Id, as the invitation has it. 机构编号")
@click.option("--hub", "hub_url", required=True, help="Address of the hub. 枢纽地址")
@click.option("--invitation", required=True, help="As the alliance's office gave it. 邀请")
@click.option("--name", default="")
@click.option("--name-zh", default="")
def node_init(*, folder: Path, origin: str, database: str, party: str, hub_url: str, invitation: str, name: str, name_zh: str) -> None:
    """Make a node's folder and print the operator's access token. 初始化节点"""
    said = Saying(en=name or party, zh=name_zh or name or party)
    click.echo(make_node(folder, party=party, origin=origin, name=said, hub=hub_url, invitation=invitation, database=database))


def _start(folder: Path, port: int, with_stdin: bool) -> None:
    run(folder, port=port, until=stdin_closes if with_stdin else None)


for _group, _help in ((hub, "Run the hub. 运行枢纽"), (node, "Run a node; it only dials out. 运行节点（仅向外连接）")):
    _group.command("start", help=_help)(FOLDER(PORT(STDIN(click.pass_context(lambda ctx, **k: _start(**k))))))


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="New folder to write. 输出目录")
@click.option("--seed", default=7, help="The same seed writes the same bytes. 随机种子")
@click.option("--people", default=1200, help="How many people. 人数")
@click.option("--clean", is_flag=True, help="Without the usual dirt. 不含脏数据")
@click.option("--pair", is_flag=True, help="One hospital's patients as FHIR, as its own tables, and the map between. 同一批患者的两种导出")
def synth(out: Path, seed: int, people: int, *, clean: bool, pair: bool) -> None:
    """Write a small world: people with lives, three hospitals with exports of their own, the truth. 生成合成世界"""
    with click.progressbar(length=100, label="synth") as bar:
        shown = 0

        def progress(_: str, done: int, total: int) -> None:
            nonlocal shown
            now = int(100 * done / max(total, 1))
            bar.update(max(0, now - shown))
            shown = max(shown, now)

        if pair:
            write_pair(out, seed=seed, people=people, progress=progress)
        else:
            write_world(out, seed=seed, people=people, dirt=not clean, progress=progress)
    click.echo(str(out))
