"""docs/processes.md, carried out: torchrun on two nodes, each a network namespace, with two ranks each."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "processes.md").read_text(encoding="utf-8")
APART = ["unshare", "--user", "--map-root-user", "--net", "--mount"]  # and all of it is gone when it ends

NAMESPACES = """set -e
mount -t tmpfs none /run
ip netns add one
ip netns add two
ip link add eth0 netns one type veth peer name eth0 netns two
for node in one two; do ip -n $node link set lo up; ip -n $node link set eth0 up; done
ip -n one address add 10.0.0.1/24 dev eth0
ip -n two address add 10.0.0.2/24 dev eth0
"""
RUN = """ip netns exec one sh first.sh & first=$!
ip netns exec two sh second.sh
wait $first
"""


def blocks(language: str, page: str = PAGE) -> list[str]:
    """The code of a page in that language."""
    return [code for kind, code in re.findall(r"^```(\w*)\n(.*?)^```", page, re.M | re.S) if kind == language]


def test_both_pages_have_the_same_code() -> None:
    russian = (DOCS / "ru" / "processes.md").read_text(encoding="utf-8")
    assert [blocks(language) for language in ("python", "")] == [
        blocks(language, russian) for language in ("python", "")
    ]


@pytest.mark.slow
def test_torchrun_on_two_nodes_does_what_the_page_says(tmp_path: Path) -> None:
    if not all(map(shutil.which, ("unshare", "ip"))):
        pytest.skip("needs unshare and ip, of util-linux and iproute2")
    tried = subprocess.run([*APART, "sh", "-c", NAMESPACES], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"this system gives no network namespaces: {tried.stderr.strip()[:200]}")
    (program,) = (block for block in blocks("python") if "init_process_group" in block)
    first, second = (block for block in blocks("") if "torchrun" in block)
    (expected,) = (block for block in blocks("") if block.startswith("rank 0"))
    for name, text in (("step.py", program), ("first.sh", first), ("second.sh", second), ("run.sh", NAMESPACES + RUN)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    ran = subprocess.run(
        [*APART, "sh", "run.sh"], cwd=tmp_path, env=os.environ | {"PATH": path}, timeout=300,
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stderr
    assert sorted(re.findall("rank .*?]", ran.stdout)) == expected.splitlines()
