"""What if the layer were a large model's: bars, sentences, both languages."""

from __future__ import annotations

import base64
from xml.etree import ElementTree

import pytest

from grader.lab.messages import message
from grader.pictures.what_if import Estimate, Model, what_if_picture

SMALL, LARGE = Model("Small", 14336, 4096, 96), Model("Large", 53248, 16384, 378)
GB = 10**9
ESTIMATES = (
    Estimate("manual", SMALL, GB // 2),
    Estimate("column", SMALL, GB // 4, 3 * 10**6),
    Estimate("manual", LARGE, 7 * GB),
    Estimate("row", LARGE, missing=message("row.shard: <not> solved & so on")),
)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_it_is_well_formed_and_says_all_in_words_too(language):
    drawn = what_if_picture(ESTIMATES, 32, language)
    root = ElementTree.fromstring(drawn.svg)
    assert root.find("{*}title") is not None and root.find("{*}desc") is not None
    assert "row.shard: <not> solved & so on" in drawn.text and "53248 × 16384" in drawn.text
    assert any("а" <= letter <= "я" for letter in drawn.text) == (language == "ru")


def test_what_does_not_fit_says_how_many_gpus_it_takes():
    text = what_if_picture(ESTIMATES, 32, "en").text.replace("\u00a0", " ")
    assert "7 GB, × 378 = 2.6 TB = 34 such GPUs" in text
    assert "500 MB, × 96 = 48 GB; nothing crosses" in text
    assert "250 MB, × 96 = 24 GB; crosses in a step: 3 MB" in text


def test_a_bar_that_is_cut_short_stays_on_the_card():
    root = ElementTree.fromstring(what_if_picture((Estimate("manual", LARGE, 10**15),), 1, "en").svg)
    boxes = root.findall("{*}rect")
    assert all(float(box.get("x", 0)) + float(box.get("width", 0)) <= 720 for box in boxes)


def test_a_notebook_shows_it_as_an_image_with_its_words_beside_it():
    drawn = what_if_picture(ESTIMATES, 32, "en")
    shown = drawn._repr_mimebundle_()
    (image,) = ElementTree.fromstring(f"<div>{shown['text/html'].replace('>', '/>', 1)}</div>")
    assert base64.b64decode(image.get("src", "").partition("base64,")[2]).decode() == drawn.svg
    assert "row.shard: <not> solved & so on" in image.get("alt", "") and shown["text/plain"] == drawn.text
