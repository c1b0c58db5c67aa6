"""The lab `ranks`: which functions there are, what each rank is given and what it has to make."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from grader.lab import (
    N_,
    RANKS,
    Case,
    Lab,
    Limits,
    Message,
    Role,
    Rule,
    Section,
    Signature,
    Task,
    Values,
    Var,
    message,
)
from grader.labs.ranks.mistakes import CATALOGUE
from grader.labs.ranks.mistakes.situation import Ranks
from grader.labs.ranks.reference import (
    centred,
    collectives,
    draw_layer,
    draw_line,
    draw_rows,
    draw_size,
    moved,
    own,
    step,
)

WEIGHT, GRADIENT, ACTIVATION = Role.WEIGHT, Role.GRADIENT, Role.ACTIVATION
MESSAGES = ("send", "recv")
MOST_RANKS = 16


def case_of(
    world: int,
    n: int = 23,
    batch_size: int = 3,
    in_features: int = 11,
    out_features: int = 7,
    lr: float = 0.05,
    dtype: torch.dtype = torch.float64,
    values: Values = Values.NORMAL,
) -> Case:
    """A case of this lab: `n` is what the collectives' sections look at, the other sizes are the layer's."""
    sizes = {"n": n, "batch_size": batch_size, "in_features": in_features, "out_features": out_features}
    return Case(sizes, {"lr": lr}, dtype, values=values, world=world)


SHOWN = case_of(4, 23, 2, 256, 192, 0.1, torch.float32)


def own_case(variables: Mapping[str, object]) -> Case:
    """The sizes and the number of ranks that the notebook has now.

    Raises:
        TypeError, ValueError: they are none.
    """
    given: dict[str, object] = {
        "world_size": 4, "n": 23, "batch_size": 2, "in_features": 256, "out_features": 192, "lr": 0.1,
    }  # fmt: skip
    given |= {name: variables[name] for name in given if name in variables}
    sizes = {name: int(given[name]) for name in given if name not in ("lr", "world_size")}  # type: ignore[call-overload]
    world, lr = int(given["world_size"]), float(given["lr"])  # type: ignore[call-overload, arg-type]
    if min(world, *sizes.values()) < 1 or world > MOST_RANKS:
        raise ValueError(f"sizes are from 1 on, and world_size is at most {MOST_RANKS}")
    return case_of(world, **sizes, lr=lr, dtype=torch.float32)


def described(case: Case) -> Message:
    """A case for people: `4 ranks, n 23, batch 8, in 96, out 80, lr 0.1, float64`."""
    return message(
        N_("ranks: {world_size}, n {n}, batch {batch}, in {in_features}, out {out_features}, lr {lr}, {dtype}"),
        world_size=case.world,
        n=case["n"],
        batch=case["batch_size"],
        in_features=case["in_features"],
        out_features=case["out_features"],
        lr=f"{case['lr']:g}",
        dtype=case.dtype_name,
    )


def parameters(case: Case) -> dict[str, object]:
    """The plain values that a notebook's cells know."""
    names = ("n", "batch_size", "in_features", "out_features", "lr")
    return {"world_size": case.world} | {name: case[name] for name in names}


def rounds(many: int) -> Callable[[Case], int]:
    """The numbers that leave a rank in so many turns of a ring: its chunks, and a longest one all but once a turn."""
    return lambda case: many * (case.world - 1) * -(-case["n"] // case.world)


# In place of the student's own two, and rings as theirs are: the picture shows 2 (N - 1) turns.
HELPERS = """
def turn(rank, world_size, chunk, like):
    sending, received = dist.isend(chunk.contiguous(), (rank + 1) % world_size), torch.empty_like(like)
    dist.recv(received, (rank - 1) % world_size)
    sending.wait()
    return received


def reduce_scatter(rank, world_size, x):
    edges = [len(x) * r // world_size for r in range(world_size + 1)]
    chunks = [x[edges[r] : edges[r + 1]] for r in range(world_size)]
    for k in range(1, world_size):
        at = (rank - k - 1) % world_size
        chunks[at] = chunks[at] + turn(rank, world_size, chunks[(rank - k) % world_size], chunks[at])
    return chunks[rank].clone()


def all_gather(rank, world_size, chunk, n):
    edges = [n * r // world_size for r in range(world_size + 1)]
    chunks = [chunk.new_empty(edges[r + 1] - edges[r]) for r in range(world_size)]
    chunks[rank] = chunk
    for k in range(1, world_size):
        at = (rank - k) % world_size
        chunks[at] = turn(rank, world_size, chunks[(at + 1) % world_size], chunks[at])
    return torch.cat(chunks)
"""

X_OWN, RECEIVED = Var("x", "x", ACTIVATION, cut=own), Var("received", "received", ACTIVATION, cut=own)
CHUNK_OF, TOTAL = Var("chunk", "total", ACTIVATION, cut=0), Var("total", "total", ACTIVATION)
RING_CASES = (
    SHOWN,
    *(case_of(world, n) for world, n in ((4, 23), (1, 7), (2, 7), (3, 64), (5, 23), (8, 23), (3, 1))),
    case_of(3, 23, dtype=torch.float32, values=Values.NARROW),
)
RING = Section(
    "ring",
    (
        Task(
            "ring.shift", 2, (RECEIVED,), ("rank", "world_size", X_OWN), "shift",
            calls=MESSAGES, traffic=lambda case: int(case["n"]),
        ),
        Task(
            "ring.reduce_scatter", 3, (CHUNK_OF,), ("rank", "world_size", X_OWN), "reduce_scatter",
            calls=MESSAGES, traffic=rounds(1),
            collectives=(Signature("reduce-scatter", "chunk", N_("a rank's chunk is a sum over all ranks")),),
        ),
        Task(
            "ring.all_gather", 2, (TOTAL,), ("rank", "world_size", CHUNK_OF, "n"), "all_gather",
            calls=MESSAGES, traffic=rounds(1),
            collectives=(Signature("all-gather", "total", N_("each rank needs the chunks of all")),),
        ),
        Task(
            "ring.all_reduce", 2, (TOTAL,), ("rank", "world_size", X_OWN), "all_reduce",
            helpers=HELPERS, calls=MESSAGES, traffic=rounds(2), replicas=("total",),
            collectives=(Signature("all-reduce", "total", N_("the sum goes over all ranks")),),
        ),
    ),
    RING_CASES,
    draw_rows,
    collectives,
    parameters=parameters,
    confirming=tuple(case_of(world, n) for world, n in ((4, 23), (3, 7), (5, 23))),
    mistakes=CATALOGUE,
    situation=Ranks,
    runner=RANKS,
)  # fmt: skip


def shared(size: str) -> Rule:
    """The rule where ranks share that size of W."""

    def limits(case: Case) -> Limits | None:
        batch, fan_in, fan_out = case["batch_size"], case["in_features"], case["out_features"]
        rows, other = (fan_out, fan_in) if size == "out_features" else (fan_in, fan_out)
        shard = max(case.part(rows, rank)[1] for rank in case.ranks) * other
        crossing = 2 * case.world * batch * (fan_in + fan_out)
        if case.world == 1 or crossing >= shard:
            return None
        return Limits(shard=shard, margin=max(rows, other), crossing=crossing)

    return Rule(limits, lambda case: max(case["in_features"], case["out_features"]))


LAYER_CASES = (
    SHOWN,
    *(
        case_of(world, 23, *sizes)
        for world, sizes in (
            (3, (3, 11, 7)), (2, (3, 11, 7)), (5, (3, 11, 7)), (1, (3, 11, 7)), (4, (1, 12, 24)), (8, (3, 19, 21)),
            # sizes that decide the rule
            (3, (2, 203, 151)), (4, (2, 203, 151)), (5, (2, 250, 203)),
        )
    ),
    case_of(3, 23, 4, 12, 16, 0.25, torch.float32, Values.NARROW),
)  # fmt: skip
# All learning rates and all sizes differ, so that a number written out cannot pass for one that is computed.
CONFIRMING = (case_of(3), LAYER_CASES[-1], case_of(2, 23, 5, 9, 13, 0.15), case_of(4, 23, 2, 8, 10, 0.35))
X, Y_GT = Var("X", "X", ACTIVATION), Var("Y_gt", "Y_gt", ACTIVATION)
Y, DX = Var("Y", "Y", ACTIVATION), Var("dX", "dX", GRADIENT, free=True)
X_PART, DX_PART = Var("X", "X", ACTIVATION, cut=1), Var("dX", "dX", GRADIENT, cut=1, free=True)


def layer(name: str, size: str, given: Var, cut: int, of_X: Var, needs: tuple[Signature, ...]) -> Section:
    """A section of one task, an SGD step of a layer of which ranks share that size; a row-parallel layer's bias is not
    cut."""
    bias, of_bias = (1, 0) if cut == 0 else (None, None)
    W, b = Var("W", "W", WEIGHT, cut=cut), Var("b", "b", WEIGHT, cut=bias, free=True)
    dW, db = Var("dW", "dW", GRADIENT, cut=cut), Var("db", "db", GRADIENT, cut=of_bias, free=True)
    stepped = (
        Var("W", "W_new", WEIGHT, cut=cut, before="W"),
        Var("b", "b_new", WEIGHT, cut=bias, free=True, before="b"),
    )
    task = Task(
        f"{name}.step",
        4,
        (Y, of_X, dW, db, *stepped),
        ("rank", "world_size", given, W, b, Y_GT, "lr"),
        f"{name}_step",
        updates=("W", "b"),
        replicas=() if cut == 0 else ("b",),
        ruled=True,
        collectives=needs,
    )
    return Section(
        name, (task,), LAYER_CASES, draw_layer, step, parameters=parameters, rule=shared(size),
        confirming=CONFIRMING, mistakes=CATALOGUE, situation=Ranks, runner=RANKS,
    )  # fmt: skip


COLUMN = layer(
    "column", "out_features", X, 0, DX,
    (
        Signature("all-gather", "Y", N_("each rank makes its own columns of Y, and the loss needs all of them")),
        Signature("all-reduce", "dX", N_("each rank makes its own part of the sum that dX is")),
    ),
)  # fmt: skip
ROW = layer(
    "row", "in_features", X_PART, 1, DX_PART,
    (Signature("all-reduce", "Y", N_("each rank makes its own part of the sum that Y is")),),
)  # fmt: skip

COST = Section(
    "cost",
    (
        Task(
            "cost.predict",
            1,
            tuple(Var(name, name, number=True) for name in ("all_reduce", "all_gather", "reduce_scatter")),
            ("n", "world_size"),
            "predict",
        ),
    ),
    tuple(case_of(world, n) for world, n in ((4, 24), (1, 7), (2, 64), (3, 64), (5, 23), (8, 1))),
    draw_size,
    moved,
    parameters=parameters,
    confirming=tuple(case_of(world, n) for world, n in ((4, 24), (3, 64), (5, 23), (8, 1))),
    mistakes=CATALOGUE,
    situation=Ranks,
    runner=RANKS,
)

DEBUG = Section(
    "debug",
    (
        Task(
            "debug.hang",
            2,
            (Var("y", "y", ACTIVATION, cut=0),),
            ("rank", "world_size", Var("x", "x", ACTIVATION, cut=0), "n"),
            "centred",
        ),
    ),
    (*RING_CASES[:-1], case_of(5, 2)),
    draw_line,
    centred,
    parameters=parameters,
    confirming=tuple(case_of(world, n) for world, n in ((4, 23), (3, 7), (5, 23))),
    mistakes=CATALOGUE,
    situation=Ranks,
    runner=RANKS,
)

LAB = Lab(
    "ranks",
    (RING, COLUMN, ROW, COST, DEBUG),
    SHOWN,
    own_case,
    describe=described,
    own_names="world_size, n, batch_size, in_features, out_features, lr",
)
