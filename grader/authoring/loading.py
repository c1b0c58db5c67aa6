"""A notebook's first code cell, the same for every lab: it loads the bench and says which lab and language this is."""

from __future__ import annotations

from pathlib import Path

from grader.authoring.repository import ADDRESS

TEMPLATES = Path(__file__).with_name("first_cell")
LAB, LANGUAGE = "{{lab}}", "{{language}}"


def loading_cell(lab: str, language: str, address: str = "") -> str:
    """The cell's text, in English where nobody has written it in that language yet.

    `address` is where Colab gets the course from; empty where nothing is set.
    """
    template = TEMPLATES / f"{language}.ipy"
    if not template.is_file():
        template = TEMPLATES / "en.ipy"
    text = template.read_text(encoding="utf-8").removesuffix("\n")
    return text.replace(ADDRESS, address).replace(LAB, lab).replace(LANGUAGE, language)
