"""The toy lab, installed as a package of somebody else's."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from grader.lab import registry
from grader.lab.lab import Lab
from tests.toy_lab.installed import install


@pytest.fixture(scope="module")
def toy_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The toy lab as the registry finds it by its entry point."""
    folder = install(tmp_path_factory.mktemp("installed") / "site-packages")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        registry.forget()
        yield registry.find_lab("toy_lab")
    for name in [name for name in sys.modules if name.partition(".")[0] == "toy_lab"]:
        del sys.modules[name]
    registry.forget()
