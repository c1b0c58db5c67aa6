"""Messages travel as data and become sentences; a forged one is no more than text."""

from __future__ import annotations

import pytest

from grader.lab.messages import MAX_FACT, MAX_TEXT, Message, message, translator


def test_facts_fill_the_template():
    assert message("{name} has shape {shape}", name="dX", shape=(32, 1024)).render() == "dX has shape (32, 1024)"


def test_a_shape_of_one_size_reads_as_a_tuple():
    assert message("{shape}", shape=(7,)).render() == "(7,)"


def test_a_fact_may_be_a_message():
    inner = message("{n} times", n=2)
    assert message("{name} is wrong: {slip}", name="Y", slip=inner).render() == "Y is wrong: 2 times"


def test_a_message_comes_back_from_plain_data():
    original = message("{a}: {b}", a="x", b=message("{c}", c=3))
    assert Message.from_plain(original.to_plain()) == original


@pytest.mark.parametrize("plain", [None, 3, [], "x", {}, {"template": "x"}, {"template": "x", "facts": []}])
def test_other_data_is_no_message(plain):
    with pytest.raises(ValueError, match="not a message"):
        Message.from_plain(plain)


def test_messages_nested_without_end_are_refused():
    plain: dict[str, object] = {"template": "x", "facts": {}}
    for _ in range(6):
        plain = {"template": "x", "facts": {"a": plain}}
    with pytest.raises(ValueError, match="not a message"):
        Message.from_plain(plain)


@pytest.mark.parametrize(
    "template", ["{a.__class__}", "{a[0]}", "{0}", "{", "}", "{a!r}", "{a:>99999999999}", "{missing}", "{}"]
)
def test_a_forged_template_stays_text(template):
    assert Message(template, (("a", "x"),)).render() == template


def test_a_forged_message_cannot_grow():
    many = Message("{a}" * 200, (("a", Message("{a}" * 200, (("a", "x" * MAX_FACT),))),))
    assert len(many.render()) <= MAX_TEXT
    assert len(Message.from_plain({"template": "x" * 5_000, "facts": {}}).template) == MAX_FACT


def test_half_surrogates_do_not_reach_a_stream():
    message("{error}", error="\ud800").render().encode("utf-8")
    Message.from_plain({"template": "\udfff", "facts": {"a": "\ud800"}}).render().encode("utf-8")


def test_a_language_without_catalogue_speaks_english():
    assert translator("xx")("not solved yet") == "not solved yet"
    assert message("not solved yet").render("../..") == "not solved yet"
