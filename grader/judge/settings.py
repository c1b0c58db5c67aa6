"""Torch's own settings while cells are recorded and traces replayed."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from grader.lab.case import Case

FULL_PRECISION = ("allow_tf32", "allow_bf16_reduced_precision_reduction")


@contextmanager
def settings_of(case: Case) -> Iterator[None]:
    """Factories make the case's dtype on its device, and matrix products keep full precision.

    Everything is put back afterwards, torch's random state included: a notebook draws the same numbers whether or not
    it was checked in between. Warnings are silent: stock nbgrader scores a cell with any of them 0.
    """
    dtype, matmul, device = torch.get_default_dtype(), torch.backends.cuda.matmul, _default_device()
    precision = {name: getattr(matmul, name) for name in FULL_PRECISION}
    cuda = [torch.cuda.current_device()] if torch.device(case.device).type == "cuda" else []
    try:
        with warnings.catch_warnings(), torch.random.fork_rng(devices=cuda), torch.enable_grad():
            warnings.simplefilter("ignore")
            torch.set_default_dtype(case.dtype)
            # a default device, even this one, would slow down every single call
            torch.set_default_device(None if case.device == "cpu" else case.device)
            for name in precision:
                setattr(matmul, name, False)
            yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_default_device(device)
        for name, value in precision.items():
            setattr(matmul, name, value)


def _default_device() -> torch.device | None:
    """The device that factories were told to use; torch's own word for it makes a tensor there to find out."""
    context = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    return context.device if context is not None else None
