"""JupyterLab as a person starts it: in a folder of their own, with a home of their own, on this machine only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

START = 60  # seconds that a server may take to come up on a busy machine
STOP = 20


class ServerFailed(AssertionError):
    """JupyterLab did not come up; the text is the end of its log."""


@dataclass(frozen=True)
class Server:
    """A running JupyterLab."""

    folder: Path
    home: Path
    url: str
    token: str
    log: Path

    def at(self, path: str) -> str:
        """The address of a page of this server."""
        return f"{self.url}{path}?token={self.token}"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command that the same person types in the same folder, for example `nbgrader list`."""
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.folder,
            env=environment(self.home),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@contextmanager
def jupyterlab(folder: Path, home: Path, nbgrader_config: str = "") -> Iterator[Server]:
    """JupyterLab in that folder; nothing of it runs on when the block ends.

    `nbgrader_config` is what this person's own nbgrader_config.py holds.
    """
    settings = home / ".jupyter"
    settings.mkdir(parents=True)
    (settings / "nbgrader_config.py").write_text(f"c = get_config()\n{nbgrader_config}", encoding="utf-8")
    news = (
        settings / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    )
    news.parent.mkdir(parents=True)
    news.write_text('{"fetchNews": "false"}', encoding="utf-8")  # or JupyterLab asks, over the page
    token = os.urandom(16).hex()
    command = [
        *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ip=127.0.0.1", "--port=0"),
        *(["--allow-root"] if os.geteuid() == 0 else []),
        "--ServerApp.root_dir=.",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",  # nothing is fetched from the net
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    log = home / "jupyterlab.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(home) | {"JUPYTER_TOKEN": token},
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Server(folder, home, _address(home, process, log), token, log)
    finally:
        _stop(process)


def environment(home: Path) -> dict[str, str]:
    """The environment of a person whose home is that: their settings and nobody else's, this course's programs first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON", "PYTEST"))}
    scripts = str(Path(sys.executable).parent)
    return kept | {
        "HOME": str(home),
        "PATH": os.pathsep.join([scripts, kept.get("PATH", "")]),
        "JUPYTER_PLATFORM_DIRS": "0",
        "OMP_NUM_THREADS": "1",
    }


def _address(home: Path, process: subprocess.Popen[bytes], log: Path) -> str:
    """Where the server answers: it says so in its runtime folder, once it does."""
    told = home / ".local" / "share" / "jupyter" / "runtime" / f"jpserver-{process.pid}.json"
    until = time.monotonic() + START
    while process.poll() is None and time.monotonic() < until:
        try:
            return str(json.loads(told.read_text(encoding="utf-8"))["url"])
        except (OSError, ValueError):
            time.sleep(0.1)
    raise ServerFailed(log.read_text(encoding="utf-8", errors="replace")[-3000:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and whatever it started: kernels have sessions of their own."""
    try:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    process.terminate()
    _, alive = psutil.wait_procs(family, timeout=STOP)
    for left in alive:
        left.kill()
    process.wait()
