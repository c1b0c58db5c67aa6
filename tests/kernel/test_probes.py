"""Hostile code gets through in a plain kernel and doesn't in the sandbox."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from grader.kernel.warm.fork_server_client import ForkServerClient
from tests.kernel.live import Live, Said, kernel
from tests.kernel.probes import PROBES, Probe

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def facts(the_fork_server: ForkServerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What there is to reach on this machine, all of it made for this test or read only."""
    folder = tmp_path_factory.mktemp("submitted")
    (folder / "notebook.ipynb").write_text("{}")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name, text in {"gradebook.db": "SQLite format 3", "other.ipynb": "{}", "secret.txt": "secret"}.items():
        (elsewhere / name).write_text(text)
    home = Path(os.path.expanduser("~"))
    abstract, unix = f"probe-{os.getpid()}", str(elsewhere / "socket")
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    assert the_fork_server.process
    with (
        socket.socket() as tcp,
        socket.socket(socket.AF_UNIX) as by_path,
        socket.socket(socket.AF_UNIX) as by_name,
        kernel() as other,
    ):
        for server, address in ((tcp, ("127.0.0.1", 0)), (by_path, unix), (by_name, "\0" + abstract)):
            server.bind(address)
            server.listen(64)
        other.run("open('/tmp/mine', 'w').write('mine')")
        assert other.provisioner.process
        yield {
            "root": str(ROOT),
            "folder": str(folder),
            "gradebook": str(elsewhere / "gradebook.db"),
            "other_submission": str(elsewhere / "other.ipynb"),
            "secret": str(elsewhere / "secret.txt"),
            "home": str(home),
            "home_file": str(next(iter(sorted(home.iterdir())), home)) if os.access(home, os.R_OK) else str(home),
            "site_packages": sysconfig.get_paths()["purelib"],
            "victim": victim.pid,
            "other_kernel": f"/proc/{other.provisioner.process.pid}/root",
            "channels": other.provisioner._channels,
            "connection_file": other.manager.connection_file,
            "port": tcp.getsockname()[1],
            "unix": unix,
            "abstract": abstract,
            "fork_server": the_fork_server.address,
            "fork_server_process": the_fork_server.process.pid,
        }
    victim.kill()
    victim.wait()


@pytest.fixture(scope="module")
def inside(facts: dict[str, Any]) -> Iterator[Inside]:
    with Inside(Path(facts["folder"])) as kernels:
        yield kernels


class Inside:
    """A sandboxed kernel for all probes, and another one whenever a probe has ended it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened = ExitStack()
        self.live: Live | None = None

    def __enter__(self) -> Inside:
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.close()

    def run(self, code: str) -> Said:
        if self.live is None or not self.live.manager.is_alive():
            self.opened.close()
            self.live = self.opened.enter_context(kernel(folder=self.folder))
        return self.live.run(code)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_is_refused_inside(probe: Probe, facts: dict[str, Any], inside: Inside, plain: Live) -> None:
    said = inside.run(probe.source(facts))
    assert said.died or said.text.startswith("REFUSED"), said
    assert inside.run("print(6 * 7)").text == "42\n"
    outside = plain.run(probe.source(facts))
    if not outside.text.startswith("REACHED"):
        pytest.skip(f"refused inside, but a plain kernel can't do it on this machine either: {why_not(outside)}")


def why_not(said: Said) -> str:
    return (said.text or said.error or "the kernel died").strip()
