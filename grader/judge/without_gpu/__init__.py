"""The environment of a process that has no GPU, on a machine that has one.

Points must not depend on the machine that gives them, and the sandbox has no devices. Hiding the devices is not enough
for a process that is to be forked: torch asks the driver how many there are, and the driver's library starts a thread
on being asked. The empty file `libcuda.so.1` beside this one stands before it, and torch finds no driver.
"""

import os
from pathlib import Path

__all__ = ["HIDDEN_DEVICES", "without_gpu"]

HIDDEN_DEVICES = {"CUDA_VISIBLE_DEVICES": ""}


def without_gpu(library_path: str = "") -> dict[str, str]:
    """What to add to a process's environment; `library_path` is the LD_LIBRARY_PATH that it has."""
    here = str(Path(__file__).resolve().parent)
    return {**HIDDEN_DEVICES, "LD_LIBRARY_PATH": os.pathsep.join(filter(None, (here, library_path)))}
