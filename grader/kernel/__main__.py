"""`python -m grader.kernel [--language ru]`: what this system gives for the sandbox, as a table."""

from __future__ import annotations

import argparse
import sys

from grader.kernel.sandbox.abilities import complete, survey
from grader.lab.messages import LANGUAGES, N_, message


def main() -> int:
    """0: student code can run in the sandbox here; 1: it can't."""
    arguments = argparse.ArgumentParser(prog="python -m grader.kernel", description=__doc__)
    arguments.add_argument("--language", choices=LANGUAGES, default="en")
    language = arguments.parse_args().language
    abilities = survey()
    names = [ability.name.render(language) for ability in abilities]
    width = max(map(len, names))
    for name, ability in zip(names, abilities, strict=True):
        mark = "+" if ability.given else "-" if ability.needed else "o"
        print(f"{mark} {name:{width}}  {ability.remark.render(language)}".rstrip())
    if complete(abilities):
        print(message(N_("Student code can run in the sandbox here.")).render(language))
        return 0
    print(
        message(
            N_("Student code can't run in the sandbox here: docs/threat-model.md says what a container has to allow.")
        ).render(language)
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
