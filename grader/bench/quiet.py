"""Quiet: what a re-run cell prints, displays, logs and plots stays out of the notebook."""

import functools
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from IPython.core.displayhook import CapturingDisplayHook
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.getipython import get_ipython
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing of what runs meanwhile is seen or heard of.

    May stand within another one, which makes it cheap: forbidding log records looks at every logger there is.
    """
    disabled, figures = logging.root.manager.disable, _figures()
    try:
        with capture_output(display=False), _displays_captured():
            if disabled < logging.CRITICAL:
                logging.disable(logging.CRITICAL)  # a logger may hold the notebook's own stderr
            yield
    finally:
        if logging.root.manager.disable != disabled:
            logging.disable(disabled)
        _close_new_figures(figures)


@contextmanager
def _displays_captured() -> Iterator[None]:
    shell = get_ipython()
    if shell is None:
        yield
        return
    shown, hook = shell.display_pub, sys.displayhook
    publisher, capturing_hook = _capturing(shell)
    try:
        shell.display_pub, sys.displayhook = publisher, capturing_hook
        yield
    finally:
        shell.display_pub, sys.displayhook = shown, hook
        publisher.outputs.clear()


@functools.lru_cache(maxsize=1)
def _capturing(shell: InteractiveShell) -> tuple[CapturingDisplayPublisher, CapturingDisplayHook]:
    """What takes displays in: made once, since making one takes longer than most cells."""
    publisher = CapturingDisplayPublisher()
    return publisher, CapturingDisplayHook(shell=shell, outputs=publisher.outputs)


def _figures() -> set[int]:
    """The open figures; a re-run cell's own are closed again, or Jupyter would show them under the check."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


def _close_new_figures(old: set[int]) -> None:
    for number in _figures() - old:
        sys.modules["matplotlib.pyplot"].close(number)
