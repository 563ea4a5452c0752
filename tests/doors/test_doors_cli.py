"""The command line: every act a command, every refusal one sentence in both languages and exit code 3, never a traceback."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from doors.doors_house import Open, opened
from doors.doors_processes import ENVIRONMENT, ended, invite, new_hub
from dujiang.doors.calls import value_of
from dujiang.doors.cli import HOUSE, main
from dujiang.doors.serve import make_hub
from dujiang.gate.acts import ACTS
from dujiang.words import Role, Saying

HAN = re.compile("[\u4e00-\u9fff]")


def run(*args: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    command = [sys.executable, "-m", "dujiang.doors", *map(str, args)]
    return subprocess.run(command, env={**ENVIRONMENT, **(env or {})}, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def call(capsys: pytest.CaptureFixture[str], *args: str | Path) -> tuple[int, str, str]:
    """The command in this process: exit code, output, errors."""
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in args])
    told = capsys.readouterr()
    return int(end.value.code or 0), told.out, told.err


def one_sentence_each(err: str) -> bool:
    """A rule with an English sentence, then a Chinese one, and nothing else."""
    lines = err.strip().splitlines()
    return len(lines) == 2 and re.match(r"[a-z_.]+: \S", lines[0]) is not None and bool(HAN.search(lines[1])) and "Traceback" not in err


def test_the_commands_are_told_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "--help")
    assert code == 0 and all(name in out for name in HOUSE) and HAN.search(out)
    assert call(capsys, "--version")[1].startswith("dujiang, version")


@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_act_is_a_command_whose_help_names_its_arguments_and_who_may(capsys: pytest.CaptureFixture[str], act: str) -> None:
    kind, _, verb = act.partition(".")
    code, out, _ = call(capsys, "do", kind, verb, "--help")
    assert code == 0 and "typing" not in out and "<class" not in out
    for field in ACTS[act].takes.__struct_fields__:
        assert f"--{field.replace('_', '-')}" in out
    told = " ".join(out.split())
    assert ", ".join(sorted(ACTS[act].who)) in told and "--dir" in told and ACTS[act].says.zh.replace(" ", "") in out.replace("\n", "").replace(" ", "")


def test_acts_that_only_the_system_or_a_party_performs_are_no_commands_in_the_lists(capsys: pytest.CaptureFixture[str]) -> None:
    out = call(capsys, "do", "task", "--help")[1]
    assert "submit" in out and "combine" not in out and "partial" not in out
    kinds = call(capsys, "do", "--help")[1]
    assert "request" in kinds and "settlement" not in kinds


def test_the_list_of_acts_holds_every_act_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    lines = call(capsys, "acts")[1].splitlines()
    assert [line.split()[0] for line in lines] == list(ACTS)
    rows = json.loads(call(capsys, "acts", "--json")[1])
    assert [r["act"] for r in rows] == list(ACTS) and all(r["en"] and r["zh"] and r["who"] for r in rows)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A hub that runs as a process, for commands that call one."""
    hub = new_hub(tmp_path_factory.mktemp("office") / "hub")
    with ended(hub):
        yield hub


def test_an_act_is_done_by_command_with_text_lists_and_json(office: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token = f"@{office.folder / 'keys' / 'operator.token'}"
    code, out, _ = call(capsys, "do", "account", "appoint", "--dir", office.folder, "--token", token, "--party", "hub", "--roles", "auditor,steward",
                        "--label", "007")
    assert code == 0 and set(json.loads(out)) == {"account", "token"}
    (tmp_path / "args.json").write_text('{"party": "hub", "roles": ["auditor"], "label": "from a file"}')
    assert call(capsys, "do", "account", "appoint", "--dir", office.folder, "--token", token, "--json", f"@{tmp_path / 'args.json'}")[0] == 0
    listed = json.loads(call(capsys, "do", "account", "list", "--dir", office.folder, "--token", token)[1])
    assert {"007", "from a file"} <= {a["label"] for a in listed}
    found = next(a for a in listed if a["label"] == "007")
    assert sorted(found["roles"]) == ["auditor", "steward"]


def test_the_token_may_come_from_the_environment(office: Any) -> None:
    done = run("do", "account", "list", "--dir", office.folder, env={"DUJIANG_TOKEN": office.token})
    assert done.returncode == 0 and json.loads(done.stdout)


def test_the_same_key_again_is_the_same_call(office: Any, capsys: pytest.CaptureFixture[str]) -> None:
    args = ("do", "account", "appoint", "--dir", office.folder, "--token", office.token, "--party", "hub", "--roles", "auditor", "--label", "k", "--key", "k")
    assert call(capsys, *args)[1] == call(capsys, *args)[1]


REFUSED: dict[str, list[str]] = {
    "a wrong token": ["account", "list", "--token", "wrong"], "no token": ["account", "list"], "an unknown thing": ["account", "close", "--id", "u-0"],
    "a missing argument": ["account", "appoint", "--party", "hub"], "a role that is none": ["account", "appoint", "--party", "hub", "--roles", "king", "--label", "x"],
    "JSON that is none": ["account", "appoint", "--json", "{"], "JSON of another kind": ["account", "appoint", "--json", "[1]"],
    "deep JSON": ["account", "appoint", "--json", "[" * 50_000], "a file that is not there": ["account", "appoint", "--json", "@/no/such/file"],
    "a token of two lines": ["account", "list", "--token", "a\nb"], "a token in Chinese": ["account", "list", "--token", "令牌"],
    "an act of nobody's": ["request", "screen", "--id", "q-0"], "a number that is none": ["log", "entries", "--start", "x"],
    "an act of the other place": ["arrival", "list"],
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_is_one_sentence_in_both_languages_and_exit_code_3(office: Any, capsys: pytest.CaptureFixture[str], what: str) -> None:
    kind, verb, *rest = REFUSED[what]
    token = [] if what in ("no token", "a wrong token") or "--token" in rest else ["--token", office.token]
    code, out, err = call(capsys, "do", kind, verb, "--dir", office.folder, *token, *rest)
    assert code == 3 and out == "" and one_sentence_each(err), err


def test_a_folder_that_holds_no_party_is_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for args in (("do", "party", "list"), ("hub", "start"), ("node", "start")):
        code, _, err = call(capsys, *args, "--dir", tmp_path / "nowhere")
        assert code == 3 and one_sentence_each(err) and "folder.unknown" in err


def test_a_party_that_is_down_is_said_after_a_little_patience(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    make_hub(tmp_path / "hub", origin="x.example", name=Saying(en="H", zh="枢"))
    monkeypatch.setattr("dujiang.doors.calls.PATIENCE", 0.2)
    for run_json in (None, "", "{", "[]", '{"url": 7}', '{"url": "http://127.0.0.1:9"}'):
        if run_json is not None:
            (tmp_path / "hub" / "run.json").write_text(run_json)
        code, _, err = call(capsys, "do", "party", "list", "--dir", tmp_path / "hub")
        assert code == 3 and one_sentence_each(err) and "client.down" in err, run_json


def test_making_and_running_parties_refuses_in_one_sentence_what_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hub, node = ["hub", "init", "--dir", tmp_path / "hub"], ["node", "init", "--dir", tmp_path / "n", "--invitation", "a.b"]
    assert call(capsys, *hub)[0] == 0
    for args in (
        hub, [*node, "--party", "hub", "--hub", "http://h"], [*node, "--party", "医院", "--hub", "http://h"], [*node, "--party", "a b", "--hub", "http://h"],
        [*node, "--party", "hospital-a", "--hub", "localhost:8700"], [*node, "--party", "hospital-a", "--hub", "ftp://h"],
        ["node", "init", "--dir", tmp_path / "n", "--party", "hospital-a", "--hub", "http://h", "--invitation", "half"],
        ["hub", "init", "--dir", "/proc/no"], ["hub", "start", "--dir", tmp_path / "hub", "--port", "99999999"],
    ):
        code, _, err = call(capsys, *args)
        assert code == 3 and one_sentence_each(err), (args, err)
    assert not (tmp_path / "n").exists()


def test_a_folder_is_run_by_one_process_and_a_port_by_one_program(office: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, "hub", "start", "--dir", office.folder)
    assert code == 3 and "folder.running" in err and one_sentence_each(err)
    assert call(capsys, "hub", "init", "--dir", tmp_path / "second")[0] == 0
    code, _, err = call(capsys, "hub", "start", "--dir", tmp_path / "second", "--port", office.url.rpartition(":")[2])
    assert code == 3 and "port.taken" in err and one_sentence_each(err)
    config = json.loads((tmp_path / "second" / "config.json").read_text())
    assert config["port"] == 0  # a port that was refused is not remembered


@pytest.mark.parametrize("config", ["", "{", "[]", '{"party": 7}', '{"party":"hub","place":"moon","name_en":"","name_zh":"","origin":""}', "\udcff"])
def test_a_folder_whose_configuration_is_broken_is_refused_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], config: str) -> None:
    make_hub(tmp_path / "hub", origin="x.example", name=Saying(en="H", zh="枢"))
    (tmp_path / "hub" / "config.json").write_bytes(config.encode("utf-8", "surrogateescape"))
    code, _, err = call(capsys, "hub", "start", "--dir", tmp_path / "hub")
    assert code == 3 and "folder.config" in err and one_sentence_each(err), err


def test_a_database_that_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for url in ("nonsense", "oracle://x", "postgresql+psycopg://nobody:secret@127.0.0.1:9/x", "sqlite:////no/such/folder/x.db"):
        code, _, err = call(capsys, "hub", "init", "--dir", tmp_path / "hub", "--database", url)
        assert code == 3 and one_sentence_each(err) and "secret" not in err, (url, err)
        assert not (tmp_path / "hub" / "config.json").exists()


def test_making_a_folder_that_was_interrupted_is_begun_again_and_keeps_its_operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    name = Saying(en="H", zh="枢")
    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr("dujiang.doors.start.Config.write", killed)
        make_hub(tmp_path / "hub", origin="x.example", name=name)
    token = make_hub(tmp_path / "hub", origin="x.example", name=name)
    assert (tmp_path / "hub" / "keys" / "operator.token").read_text() == token
    with opened(tmp_path / "hub", token) as hub:
        assert [a["label"] for a in hub.get("account.list").json()] == ["operator"]


def test_a_fault_of_ours_is_told_by_its_type_and_exit_code_4(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise KeyError("张三 110101199003078515")

    monkeypatch.setattr("dujiang.doors.house.make_hub", breaks)
    code, _, err = call(capsys, "hub", "init", "--dir", "x")
    assert code == 4 and one_sentence_each(err) and "KeyError" in err and "1101" not in err and "张三" not in err


def test_an_unknown_command_or_option_is_told_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for args in (["nothing"], ["do", "nothing"], ["do", "party", "nothing"], ["do", "party", "list", "--x"], ["hub", "start", "--dir", "x", "--port", "x"]):
        code, _, err = call(capsys, *args)
        assert code == 2 and "Usage" in err and "Traceback" not in err


@pytest.mark.parametrize(("text", "kind", "value"), [
    ("007", str, "007"), ("true", str, "true"), ("null", str | None, "null"), ("7", int, 7), ("x", int, "x"), ("yes", bool, True), ("no", bool, False),
    ("true", bool, True), ("a,b", tuple[str, ...], ["a", "b"]), ('["a,b"]', tuple[str, ...], ["a,b"]), ("steward", frozenset[Role], ["steward"]),
    ("[1]", tuple[int, ...], [1]), ('{"en":"A","zh":"甲"}', Saying, {"en": "A", "zh": "甲"}), ("", tuple[str, ...], []), ("steward", Role, "steward"),
])
def test_a_value_on_the_command_line_is_what_its_argument_takes(text: str, kind: Any, value: Any) -> None:
    assert value_of(text, kind) == value


def test_no_act_has_an_argument_that_hides_an_option_of_the_command() -> None:
    taken = {"dir", "token", "json", "key", "help"}
    assert not [(a.name, f) for a in ACTS.values() for f in a.takes.__struct_fields__ if f in taken]


def test_the_two_commands_of_the_readme_make_an_alliance(office: Any, tmp_path: Path) -> None:
    """An invitation as the command prints it is all that a node needs."""
    told = run("do", "party", "invite", "--dir", office.folder, "--token", office.token, "--party", "hospital-r", "--name", '{"en":"R","zh":"壬"}')
    invitation = json.loads(told.stdout)["invitation"]
    made = run("node", "init", "--dir", tmp_path / "r", "--party", "hospital-r", "--hub", office.url, "--invitation", invitation)
    assert made.returncode == 0 and made.stdout.strip() == (tmp_path / "r" / "keys" / "operator.token").read_text()
    assert (os.stat(tmp_path / "r" / "keys" / "operator.token").st_mode & 0o077) == 0 == (os.stat(tmp_path / "r" / "keys" / "invitation").st_mode & 0o077)


def test_the_pin_of_an_invitation_is_that_of_the_hub(office: Any) -> None:
    import httpx

    assert invite(office, "hospital-p").partition(".")[2] == httpx.get(office.url + "/link/pin", trust_env=False).json()["pin"]


def test_a_party_is_stopped_by_closing_its_input_and_leaves_no_address_behind(tmp_path: Path) -> None:
    hub = new_hub(tmp_path / "hub")
    process = hub.process
    hub.stop()
    assert process is not None and process.returncode == 0 and not (tmp_path / "hub" / "run.json").exists() and hub.log() == ""


def test_help_loads_nothing_that_a_party_needs() -> None:
    """`verify` and `--help` answer at once: neither the database nor the HTTP server is loaded for them."""
    code = ("import sys\nfrom dujiang.doors.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit: pass\n"
            "print([m for m in ('duckdb','sqlalchemy','fastapi','uvicorn') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_an_open_party_is_not_needed_for_the_acts(hub: Open) -> None:
    assert set(hub.running.gate.acts) <= set(ACTS)
