"""Flower 1.41's deployment engine as a peer: a superlink, three supernodes, one federated mean; everything offline on the loopback."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parent / ".bench" / "flower"
VERSION = "flwr==1.41.0"
PATIENCE = 240
ANSWER = "DUJIANG_BENCH_MEAN"  # environment variable: the file that the server's part writes the mean into; what it prints goes to no log


def make_environment() -> Path:
    """Flower in an environment of its own, which the measured time does not include."""
    if not (ENVIRONMENT / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        subprocess.run([str(ENVIRONMENT / "bin" / "pip"), "install", "-q", VERSION], check=True)
        (ENVIRONMENT / "ready").touch()
    return ENVIRONMENT / "bin"


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


@contextlib.contextmanager
def processes(commands: list[list[str]], folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """Run commands in the background, each with a log of its own; end them afterwards."""
    running = []
    for n, command in enumerate(commands):
        log = (folder / f"{n}.log").open("wb")
        running.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment, start_new_session=True))
    try:
        yield
    finally:
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
        for process in running:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)


def seconds_to_first_mean(folder: Path) -> float:
    """From the start of the first process until the mean is there."""
    bin_ = make_environment()
    hub, *ports = free_ports(4)
    app = folder / "app"
    shutil.copytree(HERE / "flower_mean", app)
    home = folder / "home"
    home.mkdir()
    (home / "config.toml").write_text(f'[superlink]\ndefault = "local"\n[superlink.local]\naddress = "127.0.0.1:{hub}"\ninsecure = true\n')
    environment = {**os.environ, "FLWR_TELEMETRY_ENABLED": "0", "FLWR_DISABLE_UPDATE_CHECK": "1", "FLWR_HOME": str(home),
                   "PATH": f"{bin_}:{os.environ['PATH']}", ANSWER: str(folder / "mean")}
    commands = [[str(bin_ / "flower-superlink"), "--insecure", "--disable-runtime-dependency-installation", "--port", str(hub)]]
    commands += [
        [str(bin_ / "flower-supernode"), "--insecure", "--superlink", f"127.0.0.1:{hub}", "--port", str(port), "--node-config", f"partition-id={n}"]
        for n, port in enumerate(ports)
    ]
    begun = time.perf_counter()
    with processes(commands, folder, environment):
        wait_for_port(hub)
        submit(bin_, app, folder, environment)
        wait_for_mean(folder / "mean")
        return time.perf_counter() - begun


def wait_for_port(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError("the superlink does not listen")


def submit(bin_: Path, app: Path, folder: Path, environment: dict[str, str]) -> None:
    with (folder / "run.log").open("wb") as log:
        subprocess.run([str(bin_ / "flwr"), "run", str(app), "local"], stdout=log, stderr=log, env=environment, timeout=PATIENCE, check=True)


def wait_for_mean(file: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if file.exists():
            return
        time.sleep(0.05)
    raise TimeoutError("no federated mean came out")
