"""For all tests: one torch thread, so that they are quick side by side, and the corpus' figures in the summary."""

from __future__ import annotations

from collections import Counter

import pytest
import torch


def pytest_configure(config: pytest.Config) -> None:
    torch.set_num_threads(1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print `mutants killed N/N, evasions stopped K/K, right solutions accepted M/M` where they were run."""
    seen, good = Counter[str](), Counter[str]()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for key, value in report.user_properties:
                if key == "corpus":
                    kind, passed = value
                    seen[kind] += 1
                    good[kind] += bool(passed)
    if seen:
        figures = ", ".join(f"{kind} {good[kind]}/{seen[kind]}" for kind in sorted(seen))
        terminalreporter.write_line(figures)
