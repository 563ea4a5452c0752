"""`dujiang demo`: from nothing to one released answer and its proof, with progress; the same command again goes on where it was."""

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from dujiang.doors.demo.account import tell
from dujiang.doors.demo.cast import HOSPITALS
from dujiang.doors.demo.found import found, write_whole
from dujiang.doors.demo.outcome import document, written
from dujiang.doors.demo.story import Story
from dujiang.doors.demo.supervise import House, told
from dujiang.doors.proofs import check_receipt
from dujiang.errors import Malformed
from dujiang.words import Saying
from dujiang_synth import write_world

STEPS = {
    "synth": Saying(en="write a small world", zh="生成合成世界"), "start": Saying(en="start hub and nodes", zh="启动枢纽与节点"),
    "land": Saying(en="land raw exports", zh="原始数据落地"), "standardise": Saying(en="standardise (OMOP)", zh="标准化（OMOP）"),
    "identify": Saying(en="identify persons", zh="身份识别"), "assess": Saying(en="check quality, grade", zh="质量检查与定级"),
    "register": Saying(en="register, publish", zh="登记与发布"), "consent": Saying(en="bring consents in force", zh="同意书生效"),
    "request": Saying(en="request, review, permit", zh="申请、评审、许可"), "answer": Saying(en="compute, check, release", zh="计算、核查、发布"),
    "next": Saying(en="a denial, the next answer", zh="一人拒绝后再次回答"),
}


class Bars:
    """One bar per step; a step of three hospitals advances by their mean."""

    def __init__(self, progress: Progress, lang: str) -> None:
        self._progress = progress
        self._lang = lang
        self._ids: dict[str, TaskID] = {}
        self._shares: dict[str, dict[str, float]] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._ids[name] = self._progress.add_task(STEPS[name].in_(self._lang), total=1.0)
        yield
        self._progress.update(self._ids[name], completed=1.0)

    def tell(self, name: str, party: str, share: float) -> None:
        shares = self._shares.setdefault(name, {h.id: 0.0 for h in HOSPITALS})
        shares[party] = share
        if name in self._ids:
            self._progress.update(self._ids[name], completed=sum(shares.values()) / len(shares))


@click.command()
@click.option("--input", "source", type=click.Path(exists=True, file_okay=False, path_type=Path), default=None,
              help="Real exports: one sub-folder per hospital, in order of name. 真实导出目录")
@click.option("--dir", "work", type=click.Path(path_type=Path), default=None, help="Where it all lies; again with the same folder goes on. 工作目录")
@click.option("--json", "out", type=click.Path(path_type=Path), default=None, help="Write the result as JSON. 结果文件")
@click.option("--serve/--no-serve", default=False, help="Leave everything running to look at in a browser. 保持运行")
@click.option("--consent", type=click.Choice(["some", "all"]), default="some", help="`all`: everybody permits. 同意范围")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of the account. 语言")
@click.option("--people", default=1200, help="Size of the synthetic world. 合成人数")
@click.option("--seed", default=7, help="Seed of the synthetic world. 随机种子")
def demo(*, source: Path | None, work: Path | None, out: Path | None, serve: bool, consent: str, lang: str, people: int, seed: int) -> None:
    """Three hospitals, one question, one answer with its proof. 三院演示"""
    console = Console()
    work = fresh(work)
    columns = (TextColumn("{task.description:28}"), BarColumn(bar_width=30), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bars = Bars(progress, lang)
        if source is None:
            with bars.step("synth"):
                source = small_world(work, people, seed)
        linked = inputs(work, source)
        with running(work, bars) as (story, house):
            story.source, story.consent = linked, consent
            done = play(story, bars)
            write_whole(work / "demo.json", written(done))
            if out is not None:
                write_whole(out, written(done))
            progress.stop()
            tell(console, done, lang)
            if serve:
                stay(console, work, house, lang)


def fresh(work: Path | None) -> Path:
    """The folder named, or a new `dujiang-demo` here in place of the one of last time."""
    if work is None:
        work = Path("dujiang-demo")
        if (work / "hub" / "config.json").exists() and not any(told(work / p) for p in ("hub", *(h.id for h in HOSPITALS))):
            shutil.rmtree(work)
    work.mkdir(parents=True, exist_ok=True)
    return work.resolve()


def small_world(work: Path, people: int, seed: int) -> Path:
    """The synthetic world, written whole under a neighbour's name first."""
    world = work / "world"
    if not world.exists():
        new = work / ".world"
        shutil.rmtree(new, ignore_errors=True)
        write_world(new, seed=seed, people=people)
        new.rename(world)
    return world


def inputs(work: Path, source: Path) -> Path:
    """A folder in which each demo hospital's name leads to its export; the exports may have any names."""
    found_ = sorted(p for p in source.iterdir() if p.is_dir() and not p.name.startswith((".", "_")))
    if len(found_) != len(HOSPITALS):
        raise Malformed("demo.input", "The input holds {n} sub-folders; the demo needs {want}, one per hospital.",
                        "输入目录有 {n} 个子目录；演示需要 {want} 个，每院一个。", n=len(found_), want=len(HOSPITALS))
    linked = work / "input"
    linked.mkdir(exist_ok=True)
    for hospital, export in zip(HOSPITALS, found_, strict=True):
        link = linked / hospital.id
        if not link.is_symlink():
            link.symlink_to(export.resolve())
    consents, link = source / "consents.json", linked / "consents.json"
    if consents.exists() and not link.is_symlink():
        link.symlink_to(consents.resolve())
    return linked


@contextmanager
def running(work: Path, bars: Bars) -> Iterator[tuple[Story, House]]:
    """The parties, up and acquainted."""
    begun = time.monotonic()
    house = House({p: work / p for p in ("hub", *(h.id for h in HOSPITALS))})
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    with bars.step("start"):
        story = Story(work, work, "some", found(work), bars.tell, begun=begun)
        house.start()
        try:
            for party in ("hub", *(h.id for h in HOSPITALS)):
                house.wait(party)
            story.meet()
        except BaseException:
            house.stop()
            raise
    story.timings["start"] = round(time.monotonic() - begun, 3)
    try:
        yield story, house
    finally:
        house.stop()


def play(story: Story, bars: Bars) -> dict[str, Any]:
    """The chapters in order."""
    for step in ("land", "standardise", "identify", "assess", "register"):
        with bars.step(step):
            story.everywhere(step, getattr(story, step))
    with bars.step("consent"):
        story.everywhere("consent", story.gather)
    with bars.step("request"), story.timed("request"):
        story.apply()
    with bars.step("answer"):
        first = story.answer("first")
    story.timings["first_answer"] = round(time.monotonic() - story.begun, 3)
    with bars.step("next"):
        following, receipts = after_a_denial(story, first)
    story.export_log()
    return document(story, first, following, receipts)


def after_a_denial(story: Story, first: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Somebody who was counted says no; the next answer does without them; both receipts verify."""
    person = story.person(first["release"])
    used = person.keep(first["release"], "use.json")
    person.deny(key="deny")
    with story.timed("next_answer"):
        following = story.answer("next")
    unused = person.keep(following["release"], "non-use.json")
    key = (story.work / "alliance.vkey").read_text()
    kinds = [(used, first["release"]), (unused, following["release"])]
    return following, [{"path": str(p), "kind": check_receipt(p, key), "release": r} for p, r in kinds]


def stay(console: Console, work: Path, house: House, lang: str) -> None:
    """Leave the pages up until interrupted."""
    console.rule("浏览器地址（按 Ctrl-C 结束）" if lang == "zh" else "Look at it in a browser (Ctrl-C ends it)")
    for party in ("hub", *(h.id for h in HOSPITALS)):
        console.print(f"{party:12} {house.wait(party)}/desk?lang={lang}", highlight=False)
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        pass
