"""For all tests: one torch thread, so that they are quick side by side, the toy lab as somebody else's package, and the
corpus' figures in the summary."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
import torch

from grader.course.nbgrader.plug_in import UNSAFE, missing_for_sandbox
from grader.lab import registry
from grader.lab.lab import Lab
from tests.toy_lab.installed import install


def pytest_configure(config: pytest.Config) -> None:
    torch.set_num_threads(1)
    if missing_for_sandbox():  # the tests of the sandbox itself say so; the others go on without it
        os.environ[UNSAFE] = "1"


@pytest.fixture(scope="module")
def toy_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The toy lab as the registry finds it by its entry point, in a folder that is on the path and in no environment."""
    folder = install(tmp_path_factory.mktemp("installed") / "packages")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        registry.forget()
        yield registry.find_lab("toy_lab")
    for name in [name for name in sys.modules if name.partition(".")[0] == "toy_lab"]:
        del sys.modules[name]
    registry.forget()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print `mutants killed N/N, evasions stopped K/K, right solutions accepted M/M` where they were run.

    And `named bugs: precision 100% (71/71), recall 86% (61/71 of the corpus), ...`, and what hostile traces did.
    """
    seen, good, hints, hostile = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for key, value in report.user_properties:
                if key in ("corpus", "ranks"):
                    kind, passed = value if key == "corpus" else (f"ranks: {value[0]}", value[1])
                    seen[kind] += 1
                    good[kind] += bool(passed)
                elif key == "named bugs":
                    source, shown, right, to_name = value
                    hints += Counter({"shown": shown, "right": right, f"{source} right": right, source: to_name})
                elif key == "named by another check":
                    hints[key] += value
                elif key == "hostile":
                    hostile.update({name if name != "hangs" else "hanging traces": n for name, n in value.items()})
                elif key == "hostile notebooks":
                    hostile += Counter({"submissions": 1, "undeserved": int(value[1] > 0)})
                elif key == "hostile class":
                    hostile.update(value)
    if hostile["submissions"]:
        terminalreporter.write_line(
            f"hostile submissions: {hostile['submissions']} graded, {hostile['undeserved']} with undeserved points, "
            f"{hostile['harms']} harms outside the sandbox, {hostile['aborted']} aborted classes, {hostile['hangs']} "
            f"hangs; {hostile['stock']} of them shown to win against stock nbgrader"
        )
    if hostile["records"]:
        terminalreporter.write_line(
            f"forged evidence: {hostile['records']} records judged, {hostile['undeserved records']} with undeserved points"
        )
    if hostile["judged"]:
        terminalreporter.write_line(
            f"hostile traces: {hostile['judged']} judged, {hostile['crashes']} crashes, "
            f"{hostile['hanging traces']} hangs, "
            f"{hostile['passed']} passed that compute the same"
        )
    if seen:
        figures = ", ".join(f"{kind} {good[kind]}/{seen[kind]}" for kind in sorted(seen))
        terminalreporter.write_line(figures)
    if hints["shown"] and hints["corpus"]:
        terminalreporter.write_line(
            f"named bugs: precision {hints['right'] / hints['shown']:.0%} ({hints['right']}/{hints['shown']}), "
            f"recall {hints['corpus right'] / hints['corpus']:.0%} ({hints['corpus right']}/{hints['corpus']} of the "
            f"corpus), named by another check {hints['named by another check']}"
        )
