"""`python -m tests.goldens`: compare what the grader says with the goldens, or write them anew with `--write`."""

from __future__ import annotations

import argparse
import sys
import time

from tests.goldens import comparing
from tests.goldens.comparing import Numbers
from tests.goldens.make_goldens import CLOSENESS, GOLDENS, made


def main() -> int:
    """1 where anything differs from the goldens."""
    parser = argparse.ArgumentParser(prog="python -m tests.goldens", description=__doc__)
    parser.add_argument("name", nargs="*", metavar="NAME", help=f"only these: {', '.join(GOLDENS)}")
    parser.add_argument("--write", action="store_true", help="write the files in place of comparing with them")
    only = "compare only this case, as the golden calls it (may be repeated)"
    parser.add_argument("--only", action="append", default=[], metavar="CASE", help=only)
    parser.add_argument("--masked", action="store_true", help="numbers that follow from the drawn values may differ")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes at work at once")
    options = parser.parse_args()
    unknown = set(options.name) - set(GOLDENS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    if options.write and options.only:
        parser.error("--write writes whole files: leave --only out")
    unseen = set(options.only)
    differing = 0
    for name in options.name or GOLDENS:
        began = time.monotonic()
        entries = made(name, options.only, options.workers)
        unseen -= set(entries)
        said = f"{len(entries)} cases"
        if options.write:
            comparing.write(name, entries)
        else:
            golden = {case: entry for case, entry in comparing.read(name).items() if not options.only or case in options.only}
            numbers = Numbers.MASKED if options.masked else CLOSENESS.get(name, Numbers.NEARLY)
            found = comparing.differences(golden, entries, numbers, (name,))
            differing += len(found)
            print(*found, sep="\n", end="\n" if found else "")
            said += f", {len(found)} differences"
        print(f"{name}: {said}, {time.monotonic() - began:.0f} s", flush=True)
    if unseen:
        parser.error(f"no case there is called {', '.join(sorted(unseen))}")
    return min(differing, 1)


if __name__ == "__main__":
    sys.exit(main())
