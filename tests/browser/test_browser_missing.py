"""Without a browser these tests are skipped and say why; in CI they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.answers import ROOT


@pytest.mark.parametrize(("ci", "outcome"), [("", "skipped"), ("true", "errors")])
def test_a_missing_browser_is_told(ci: str, outcome: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rsE", "tests/browser/test_browser_student.py"],
        cwd=ROOT,
        env=os.environ | {"PATH": str(tmp_path), "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.splitlines()[-1].split()[1] == outcome
    assert "no chromium and no chromedriver on PATH" in ran.stdout
