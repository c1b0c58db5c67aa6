"""argparse in the reader's language, with errors of one line that say what to do."""

import argparse
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from grader.course.language import LANGUAGES, N_, Translate, language_of_environment

BAD_INPUT = 2

# What argparse says, and how we say it; its fields are the named groups.
SENTENCES: tuple[tuple[str, str], ...] = (
    ("the following arguments are required: (?P<names>.+)", N_("Something is missing: {names}.")),
    ("one of the arguments (?P<names>.+) is required", N_("One of these is needed: {names}.")),
    ("argument (?P<name>.+?): expected (one|at least one) argument", N_("{name} needs a value after it.")),
    ("argument (?P<name>.+?): ignored explicit argument .+", N_("{name} takes no value: leave it out.")),
    (
        r"argument (?P<name>.+?): invalid choice: (?P<value>.+?) \(choose from (?P<choices>.+)\)",
        N_("{name} can't be {value}; there is: {choices}."),
    ),
    (
        "argument (?P<name>.+?): invalid int value: (?P<value>.+)",
        N_("{name} has to be a whole number, and {value} is none."),
    ),
    (
        "argument (?P<name>.+?): invalid float value: (?P<value>.+)",
        N_("{name} has to be a number, and {value} is none."),
    ),
    (
        "argument (?P<name>.+?): not allowed with argument (?P<other>.+)",
        N_("{name} and {other} don't go together: leave one out."),
    ),
    (
        "ambiguous option: (?P<name>.+?) could match (?P<names>.+)",
        N_("{name} may mean several: {names}. Write it in full."),
    ),
    ("unrecognized arguments: (?P<unknown>.+)", N_("This is not known here: {unknown}.")),
    ("argument (?P<name>.+?): (?P<why>.+)", N_("{name}: {why}.")),
)


class CommandLine(argparse.ArgumentParser):
    """A parser whose help and errors are in the translator's language."""

    def __init__(self, *, translate: Translate, description: str | None = None, **options: Any) -> None:
        self._typed: Sequence[str] = ()
        super().__init__(
            description=description and _as_sentence(description),
            formatter_class=partial(_Help, translate=translate),
            **options,
        )
        self._translate = translate
        self._positionals.title = translate(N_("what to name"))
        self._optionals.title = translate(N_("options"))
        self._option_string_actions["--help"].help = translate(N_("show this text"))
        self.register("type", Path, partial(_path, translate=translate))

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it; but what a command doesn't know is that command's error, not its parent's."""
        self._typed = list(args or ())
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return known, unknown

    def add_commands(self, metavar: str) -> Any:
        """Where commands are added; each is a parser like this one."""
        parser: Any = partial(CommandLine, translate=self._translate)
        title = self._translate(N_("commands"))
        return self.add_subparsers(required=True, metavar=metavar, title=title, parser_class=parser)

    def error(self, message: str) -> NoReturn:
        """Ends with one line: what is wrong, perhaps what was meant, and where to read on."""
        _ = self._translate
        said, facts = _said(message)
        line = _(said).format(**facts)
        near = self._near(facts)
        if near:
            line += " " + _("Did you mean {word}?").format(word=near)
        line += " " + _("`{program} --help` explains it.").format(program=self.prog)
        self.exit(BAD_INPUT, f"{line}\n")

    def _near(self, facts: dict[str, str]) -> str | None:
        """What there is that looks like the word that isn't known."""
        if "choices" in facts:
            return _nearest(facts["value"], facts["choices"].split(", "))
        typed = (word.partition("=")[0] for word in self._typed if word.startswith("--"))
        unknown = [word for word in typed if word not in self._option_string_actions]
        there = facts["names"].split(", ") if facts.keys() == {"names"} else self._option_string_actions
        near = [_nearest(word, there) for word in unknown]
        return next(filter(None, near), None) if facts.keys() <= {"unknown", "names"} else None


def language_option(_: Translate) -> argparse.ArgumentParser:
    """The option that every command has, to be one of its `parents`."""
    common = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    common.add_argument(
        "--language",
        choices=LANGUAGES,
        default=argparse.SUPPRESS,
        help=_("the language of what you read here (default: the terminal's)"),
    )
    return common


def asked_language(words: Sequence[str]) -> str:
    """The language in which to answer a command line, whatever else is wrong with it."""
    try:
        return str(language_option(str).parse_known_args(words)[0].language)
    except (argparse.ArgumentError, AttributeError):
        return language_of_environment()


class _Help(argparse.HelpFormatter):
    """argparse's form, with its first word translated."""

    def __init__(self, prog: str, *, translate: Translate, **options: Any) -> None:
        super().__init__(prog, **options)
        self._translate = translate

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, self._translate(N_("usage: ")) if prefix is None else prefix)


def _path(text: str, translate: Translate) -> Path:
    if not text:
        raise argparse.ArgumentTypeError(translate(N_("the name is empty")))
    return Path(text)


def _said(message: str) -> tuple[str, dict[str, str]]:
    """Our sentence for one of argparse's, with its facts; argparse's own where we have none."""
    for pattern, sentence in SENTENCES:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            facts = found.groupdict()
            if "choices" in facts:  # with and without quotes, as Python's version has it
                facts["choices"] = facts["choices"].replace("'", "")
            return sentence, facts
    return "{message}.", {"message": message}


def _nearest(word: str, there: Iterable[str]) -> str | None:
    near = get_close_matches(word.strip("'\""), sorted(there), n=1)
    return near[0] if near else None


def _as_sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
