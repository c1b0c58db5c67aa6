"""What the judge's run takes along from the student's notebook: functions, classes and modules, never data."""

import abc
import functools
import re
import types
from collections.abc import Mapping
from typing import Any

import numpy
import torch

LRU_CACHE = type(functools.lru_cache(len))
METACLASSES = (type, abc.ABCMeta, torch.autograd.function.FunctionMeta)
CARRIED = (
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    type,
    functools.partial,
    LRU_CACHE,
    numpy.ufunc,
    torch.dtype,
)
SHELL_NAMES = re.compile(r"_+|_i*\d*|__\w+__|_[dio]h|_exit_code")


def carry_over(user_namespace: Mapping[str, Any]) -> dict[str, Any]:
    """What the judge's run takes along from the student's notebook: modules, functions and classes, never data."""
    return {
        name: value
        for name, value in user_namespace.items()
        if (isinstance(value, CARRIED) or type(value).__module__ in ("typing", "types"))
        and not SHELL_NAMES.fullmatch(name)
    }


def rebound(value: Any, namespace: dict[str, Any], done: dict[int, Any]) -> Any:
    """A function of the student's that looks up its globals in the fresh namespace, not in the notebook.

    So do the functions in its closure (a decorator keeps the decorated one there) and the methods of a class.
    """
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, functools.partial):
        return functools.partial(rebound(value.func, namespace, done), *value.args, **value.keywords)
    if isinstance(value, LRU_CACHE):
        return functools.lru_cache(**value.cache_parameters())(rebound(value.__wrapped__, namespace, done))
    if type(value) in METACLASSES and value.__module__ == "__main__":
        return _rebound_class(value, namespace, done)
    if not isinstance(value, types.FunctionType):
        return value
    own = value.__globals__.get("__name__") == "__main__"
    cells = tuple(types.CellType() for _ in value.__closure__ or ())
    again = types.FunctionType(
        value.__code__, namespace if own else value.__globals__, value.__name__, value.__defaults__, cells
    )
    again.__kwdefaults__, again.__qualname__ = value.__kwdefaults__, value.__qualname__
    again.__dict__.update(value.__dict__)
    done[id(value)] = again
    for cell, old in zip(cells, value.__closure__ or (), strict=True):
        try:
            cell.cell_contents = rebound(old.cell_contents, namespace, done)
        except ValueError:  # not yet bound, as in a function that was defined before what it uses
            continue
    return again


def _rebound_class(value: type, namespace: dict[str, Any], done: dict[int, Any]) -> type:
    bases = tuple(rebound(base, namespace, done) for base in value.__bases__)
    slots = {name for name, item in vars(value).items() if isinstance(item, types.MemberDescriptorType)}
    left_out = {"__dict__", "__weakref__", *slots}
    again = type(value)(value.__name__, bases, {k: v for k, v in vars(value).items() if k not in left_out})
    done[id(value)] = again  # before the methods: `super()` finds its class through them
    for name, item in vars(value).items():
        if isinstance(item, (staticmethod, classmethod)):
            setattr(again, name, type(item)(rebound(item.__func__, namespace, done)))
        elif isinstance(item, property):
            get, put, delete = (rebound(part, namespace, done) for part in (item.fget, item.fset, item.fdel))
            setattr(again, name, property(get, put, delete, item.__doc__))
        elif isinstance(item, functools.cached_property):
            found = functools.cached_property(rebound(item.func, namespace, done))
            setattr(again, name, found)
            found.__set_name__(again, name)
        elif isinstance(item, types.FunctionType):
            setattr(again, name, rebound(item, namespace, done))
    return again
