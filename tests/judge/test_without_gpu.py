"""A process without a GPU does not even load the driver, wherever the system has it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.judge.without_gpu import HIDDEN_DEVICES, without_gpu

LOAD = "import ctypes; ctypes.CDLL('libcuda.so.1')"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems look for libraries elsewhere")


def loads_the_driver(environment: dict[str, str]) -> bool:
    done = subprocess.run([sys.executable, "-c", LOAD], env=os.environ | environment, capture_output=True, check=False)
    return done.returncode == 0


def test_the_driver_is_not_loaded_where_there_is_one(tmp_path: Path) -> None:
    some_library = subprocess.run(
        [sys.executable, "-c", "import _ctypes; print(_ctypes.__file__)"], capture_output=True, text=True, check=True
    ).stdout.strip()
    shutil.copy(some_library, tmp_path / "libcuda.so.1")
    assert loads_the_driver({"LD_LIBRARY_PATH": str(tmp_path)})
    assert not loads_the_driver(without_gpu(str(tmp_path)))


def test_other_libraries_are_found_as_before() -> None:
    path = without_gpu("/opt/one:/opt/two")["LD_LIBRARY_PATH"].split(":")
    assert path[1:] == ["/opt/one", "/opt/two"] and os.listdir(path[0])
    assert len(without_gpu()["LD_LIBRARY_PATH"].split(":")) == 1  # an empty entry would be the working directory


def test_the_devices_are_hidden_too() -> None:
    assert HIDDEN_DEVICES.items() <= without_gpu().items() and HIDDEN_DEVICES["CUDA_VISIBLE_DEVICES"] == ""
