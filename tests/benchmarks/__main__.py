"""`make bench`: the course's timings, each measured side by side with what it is compared to."""

from __future__ import annotations

import torch

from tests.benchmarks import exam, recording


def main() -> None:
    """Print one line for each measurement: what, how much, and what it should be."""
    torch.set_num_threads(1)
    for measure in (recording.sizes, recording.overhead, exam.whole):
        for what, value, target in measure():
            print(f"{what:<62} {value:>26}   {target}", flush=True)


main()
