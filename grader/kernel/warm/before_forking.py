"""What the fork server has imported and done before it serves, so that no kernel has to."""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
from contextlib import suppress
from pathlib import Path

# What a kernel imports between its start and its first plot; found by comparing `sys.modules`. Some are torch's and
# ipykernel's own affair and may go: one that is missing costs time and nothing else.
# Not matplotlib_inline: importing it tells the shell that there is, and here is none yet.
MODULES = """
IPython.core.completer IPython.core.completerlib IPython.core.debugger IPython.core.doctb IPython.core.logger
IPython.core.magic_arguments IPython.core.magics IPython.core.magics.ast_mod IPython.core.magics.execution
IPython.core.oinspect IPython.core.payloadpage IPython.core.pylabtools IPython.core.ultratb
IPython.extensions.storemagic IPython.utils.PyColorize IPython.utils.timing
ipykernel.comm ipykernel.comm.manager ipykernel.datapub ipykernel.debugger ipykernel.displayhook ipykernel.embed
ipykernel.ipkernel ipykernel.iostream ipykernel.kernelapp ipykernel.subshell_manager ipykernel.zmqshell
asttokens comm cProfile executing jedi multiprocessing.connection multiprocessing.pool psutil pstats
pygments.formatters.terminal256 pygments.lexers.python pygments.styles.default sqlite3 stack_data timeit
tornado.gen tornado.locks tornado.platform.asyncio tornado.queues zmq.asyncio
numpy numpy.random matplotlib matplotlib.font_manager
torch torch.nn torch.nn.functional torch.optim torch._dynamo torch.distributed torch.profiler._cupti_monitor
torch.utils._python_dispatch torch._subclasses.fake_tensor
grader.bench grader.bench.notebook grader.bench.recorder grader.bench.section grader.bench.ledger
grader.bench.what_if grader.bench.failures grader.lab.registry grader.judge.exam grader.judge.replay
grader.pictures
""".split()  # noqa: SIM905
LEAST_GARBAGE = 10_000  # objects, before it is looked for: a notebook makes little
LARGE_PAGE, MADV_COLLAPSE = 1 << 21, 25
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class TooManyThreads(RuntimeError):
    """A fork of a process with several threads may hang for ever in a lock that one of the others held."""


def warm() -> None:
    """Import everything, take one step of SGD, and keep the garbage collector's hands off all that."""
    for name in MODULES:
        with suppress(ImportError):
            importlib.import_module(name)
    _import_all_of("grader.pictures", "grader.judge", "grader.bench")
    _take_a_step()
    importlib.import_module("grader.bench.warm_up").warm_up()
    _read_catalogues()
    importlib.import_module("grader.kernel.warm.prepared_kernel").PreparedApp.instance().prepare()
    gc.collect()
    gc.freeze()
    gc.set_threshold(LEAST_GARBAGE)
    gather_into_large_pages()


def gather_into_large_pages() -> None:
    """Have the system keep this process's own memory in large pages where it can: a fork copies lists of pages, and its
    end goes through them again, so that a list of few is quick. What a fork then writes to is copied as before.

    Linux 6.1 knows how to do that on request; elsewhere nothing happens.
    """
    libc = ctypes.CDLL(None)
    for line in Path("/proc/self/maps").read_text().splitlines():
        places, rights, *_, inode = line.split()[:5]
        start, end = (int(place, 16) for place in places.split("-"))
        if rights == "rw-p" and inode == "0" and end - start >= LARGE_PAGE:
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), MADV_COLLAPSE)


def threads() -> int:
    """How many threads this process has."""
    return len(os.listdir("/proc/self/task"))


def _import_all_of(*packages: str) -> None:
    import pkgutil

    for package in packages:
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                with suppress(ImportError):
                    importlib.import_module(module.name)


def _take_a_step() -> None:
    """Forward, backward and update once: torch sets much up at the first of each."""
    import torch

    torch.set_num_threads(1)
    layer = torch.nn.Linear(8, 8)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    layer(torch.ones(2, 8)).sum().backward()
    optimizer.step()
    optimizer.zero_grad()
    repr(layer.weight)


def _read_catalogues() -> None:
    from grader.lab.messages import LOCALE, translator

    for language in ("en", *(path.name for path in LOCALE.iterdir() if path.is_dir())):
        translator(language)
