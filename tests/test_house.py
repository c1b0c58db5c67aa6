"""The picture of the house is the one that its code draws, and knows the rooms there are."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DRAWN = runpy.run_path(str(ROOT / "docs" / "images" / "draw_house.py"))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_picture_is_as_drawn(language: str):
    stored = (ROOT / "docs" / "images" / f"house.{language}.svg").read_text(encoding="utf-8")
    assert stored == DRAWN["house"](language), "run `python docs/images/draw_house.py` and commit what it writes"


def test_every_room_is_in_the_picture():
    rooms = {path.parent.name for path in (ROOT / "grader").glob("*/__init__.py")}
    named = set(DRAWN["imports"]().replace(",", "").split())
    assert rooms <= named, "name the new room in pyproject.toml's layers, then run `python docs/images/draw_house.py`"
