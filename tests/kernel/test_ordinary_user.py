"""The same wall stands where the grader isn't root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "65534"
# A Python below a home directory that is closed to others is shown to them, and nothing else of that home:
# in a mount namespace of this script alone.
OPEN = """
set -e
closed="$1" base="$2"; shift 2
if [ -n "$closed" ]; then
    aside=$(mktemp -d)
    mount --rbind "$base" "$aside"
    mount -t tmpfs -o mode=755 tmpfs "$closed"
    mkdir -p "$base"
    mount --move "$aside" "$base"
    rmdir "$aside"
fi
exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"
"""


def closed_directory(path: Path) -> str:
    """The topmost directory on the way that others can't enter; empty where there is none."""
    way = [*reversed(path.parents), path]
    return next((str(place) for place in way if not place.stat().st_mode & 0o001), "")


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
@pytest.mark.skipif(not shutil.which("setpriv") or not shutil.which("unshare"), reason="needs setpriv and unshare")
def test_every_probe_is_refused_to_an_ordinary_users_kernel(tmp_path: Path) -> None:
    base = Path(sys.base_prefix)
    for place in (ROOT, Path(sys.prefix)):
        if closed_directory(place):
            pytest.skip(f"an ordinary user can't enter {closed_directory(place)}")
    home = tmp_path / "home"
    top = Path(tempfile.gettempdir())
    for place in (tmp_path, *tmp_path.parents):
        if place != top and place.is_relative_to(top):
            place.chmod(0o755)
    home.mkdir()
    os.chown(home, int(NOBODY), int(NOBODY))
    tests = [f"tests/kernel/{name}.py" for name in ("test_probes", "test_limits", "test_left_over")]
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={home}/tests", *tests]
    run = subprocess.run(
        [
            *["unshare", "--mount", "--propagation", "private", "sh", "-c"],
            OPEN,
            "sh",
            closed_directory(base),
            str(base),
            *pytest_,
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"HOME": str(home), "TMPDIR": "/tmp", "HYPOTHESIS_STORAGE_DIRECTORY": str(home)},
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert "refused inside" in run.stdout or " passed" in run.stdout
