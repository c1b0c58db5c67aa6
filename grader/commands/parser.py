"""The command line's parser: argparse, in the language of whoever reads it, with errors that name the mend."""

from __future__ import annotations

import argparse
import re
import sys
from functools import partial
from typing import Any, NoReturn

from grader.course.language import LANGUAGES, N_, Translate, language_of_environment

BAD_INPUT = 2
HEADINGS = {
    "usage: ": N_("usage: "),
    "positional arguments:": N_("what to give:"),
    "options:": N_("options:"),
}
# What argparse says, and how we say it.
ERRORS = {
    r"the following arguments are required: (?P<names>.*)": N_("Not given: {names}."),
    r"unrecognized arguments: (?P<names>.*)": N_("Nothing here takes {names}."),
    r"argument (?P<name>.*): expected .*": N_("{name} needs something behind it."),
    r"argument (?P<name>.*): invalid choice: (?P<given>.*) \(choose from (?P<known>.*)\)": N_(
        "{given} is no {name}; there are {known}."
    ),
}


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that speaks the language of `say`."""

    def __init__(self, *, say: Translate, **settings: Any) -> None:
        super().__init__(**settings, add_help=False)
        self.say = say
        self.add_argument("-h", "--help", action="help", help=say(N_("show this and stop")))

    def commands(self, metavar: str) -> Any:
        """Where commands are added; their parsers speak the same language."""
        parser_class: Any = partial(Parser, say=self.say)
        return self.add_subparsers(required=True, metavar=metavar, parser_class=parser_class)

    def format_help(self) -> str:
        return self._spoken(super().format_help())

    def format_usage(self) -> str:
        return self._spoken(super().format_usage())

    def error(self, message: str) -> NoReturn:
        """Ends with what is wrong and where it is explained."""
        for pattern, template in ERRORS.items():
            if found := re.fullmatch(pattern, message):
                message = self.say(template).format(**found.groupdict())
                break
        see = self.say(N_("See `{command} --help`.")).format(command=self.prog)
        print(f"{message} {see}", file=sys.stderr)
        raise SystemExit(BAD_INPUT)

    def _spoken(self, text: str) -> str:
        for english, template in HEADINGS.items():
            text = re.sub(rf"^{english}", self.say(template), text, flags=re.MULTILINE)
        return text


def language_option(_: Translate, language: str | None = None) -> argparse.ArgumentParser:
    """The option that may stand anywhere, with the language that is spoken where it doesn't."""
    default = language or language_of_environment()
    common = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    common.add_argument("--language", choices=LANGUAGES, default=default, help=_("the language in which to speak"))
    return common
