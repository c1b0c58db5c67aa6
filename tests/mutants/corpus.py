"""The corpus of right and wrong solutions, put into the lab's cells.

`mutants.json` edits the source notebook's cells; the lab's solution cells keep those statements, so each edit goes to
the task whose cell holds its text. `variants.json` edits functions over any number of ranks; their bodies are cut into
the section's cells, with two ranks. `evasions.json` and `legit.json` hold whole pipelines, cut into cells where the
backward pass and the update begin.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tests.mutants.expectations import BREAKS, EVASIONS_WITHIN_THE_RULE, NOT_IN_THE_LAB, NOT_THE_TASK
from tests.mutants.functions import GEN

HERE = Path(__file__).parent
SOLUTION = HERE.parent.parent / "solutions" / "en" / "linear" / "linear.ipynb"
SECTIONS = {1: "reference", 2: "manual", 3: "column", 4: "row"}
Cells = dict[str, str]


@dataclass(frozen=True)
class Case:
    """One solution: the cells it changes, extra cells run before, and the tasks that it must lose."""

    id: str
    kind: str
    cells: Mapping[str, str]
    before: str
    loses: frozenset[str]


def solution_cells() -> Cells:
    """The lab's own solution, task by task."""
    notebook = nbformat.read(SOLUTION, as_version=4)
    cells: Cells = {}
    for cell in notebook.cells:
        first, _, rest = cell.source.partition("\n")
        if cell.cell_type == "code" and first.startswith("%%task"):
            cells[first.split()[1]] = "#\n" + rest
    return cells


def cases(kind: str) -> list[Case]:
    """All cases of a kind that the lab can express: mutant, variant, evasion or legit."""
    base = solution_cells()
    made = {"mutant": _mutants, "variant": _variants, "evasion": _evasions, "legit": _legit}[kind](base)
    return [case for case in made if case.id not in NOT_IN_THE_LAB]


def _read(name: str) -> list[dict[str, object]]:
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def _mutants(base: Cells) -> list[Case]:
    out = []
    for entry in _read("mutants"):
        if entry["id"] in NOT_IN_THE_LAB:
            continue
        if entry["id"] == "r53_column_instead":
            cells = {f"row.{step}": base[f"column.{step}"] for step in ("shard", "forward", "backward", "update")}
        else:
            cells = _edited(base, SECTIONS[entry["section"]], entry["seed"], entry["id"])
        out.append(Case(entry["id"], "mutant", cells, "", BREAKS[entry["id"]]))
    return out


def _edited(base: Cells, section: str, edits: list[list[str]], name: str) -> Cells:
    cells = {task: text for task, text in base.items() if task.startswith(section + ".")}
    for old, new, *everywhere in edits:
        homes = [task for task, text in cells.items() if old in text]
        assert homes, f"{name}: no cell of {section} holds {old!r}"
        for task in homes if everywhere else homes[:1]:
            cells[task] = cells[task].replace(old, new) if everywhere else cells[task].replace(old, new, 1)
    return cells


def _variants(base: Cells) -> list[Case]:
    out = []
    for entry in _read("variants"):
        section = entry["section"]
        source = entry["src"]
        if source is None:
            source = GEN[section]
            for old, new in entry["edits"]:
                assert old in source, f"{entry['id']}: {old!r} is not in the functions"
                source = source.replace(old, new)
        if section == 1:
            cells = {"reference.step": _reference(source)}
        elif section == 2:
            cells = _manual(source)
        elif entry["src"] is None:
            cells = _two_ranks(source, SECTIONS[section])
        else:
            cells = _whole_step(source, SECTIONS[section])
        out.append(Case(entry["id"], "variant", cells, "", frozenset()))
    return out


def _body(source: str, function: str) -> str:
    body = source.split(f"def {function}(", 1)[1].split("\n", 1)[1].split("\ndef ")[0]
    return textwrap.dedent(body)


def _reference(source: str) -> str:
    body = _body(source, "reference_step").split("return dict")[0]
    return "\n" + body + (
        "dX_torch = X_t.grad.clone()\n"
        "Y_pred = Y_pred.detach()\n"
    )  # fmt: skip


def _manual(source: str) -> Cells:
    """The function's body, cut where dY, the gradients and the update begin; casts at its end stay at each end."""
    body = _body(source, "manual_step")
    cast = "dt = X.dtype" in body
    body = body.split("return ")[0]
    starts = [
        re.search(pattern, body, re.M).start()
        for pattern in (r"^(Yr|dY) ?=", r"^dX\b", r"^W_manual ?=")
    ]  # fmt: skip
    forward, dY, gradients, update = (
        body[a:b] for a, b in zip([0, *starts], [*starts, len(body)], strict=True)
    )
    if cast:  # "everything in float64, cast back at the end": here at the end of each cell
        up = "dt = lr_dtype = b.dtype\n"
        forward = forward.replace("dt = X.dtype; ", up) + "Y = Y.to(dt)\n"
    return {
        "manual.forward": "\n" + forward,
        "manual.dY": "\n" + dY,
        "manual.gradients": "\n" + gradients,
        "manual.update": "\n" + update,
    }


PACK = (
    "world_size = 2\n"
    "X_sh, W_sh, b_sh = [X_gpu1, X_gpu2], [W_gpu1, W_gpu2], [b_gpu1, b_gpu2]\n"
)  # fmt: skip
UNPACK = {
    "shard": "W_gpu1, W_gpu2 = W_sh\nb_gpu1, b_gpu2 = b_sh\nX_gpu1, X_gpu2 = X_sh\n",
    "column.backward": "dW_gpu1, dW_gpu2 = dW_sh\ndb_gpu1, db_gpu2 = db_sh\n",
    "row.backward": "dW_gpu1, dW_gpu2 = dW_sh\n",
    "column.update": "W_gpu1, W_gpu2 = W_sh\nb_gpu1, b_gpu2 = b_sh\n",
    "row.update": "W_gpu1, W_gpu2 = W_sh\nb_gpu1, b_gpu2 = b_sh\nb_tp_row = b_gpu1\n",
}


def _two_ranks(source: str, section: str) -> Cells:
    shard = _body(source, f"{section}_shard").split("return ")[0]
    step = _body(source, f"{section}_step").split("return ")[0]
    backward = re.search(r"^# ----BACKWARD|^dY ?=", step, re.M).start()
    update = re.search(r"^for r in range\(world_size\):\n    W_sh", step, re.M).start()
    gradients = "dW_sh = [dW_gpu1, dW_gpu2]\n"
    gradients += "db_sh = [db_gpu1, db_gpu2]\n" if section == "column" else ""
    return {
        f"{section}.shard": f"\nworld_size = 2\n{shard}{UNPACK['shard']}",
        f"{section}.forward": f"\n{PACK}{step[:backward]}",
        f"{section}.backward": f"\n{PACK}{step[backward:update]}{UNPACK[section + '.backward']}",
        f"{section}.update": f"\n{PACK}{gradients}{step[update:]}{UNPACK[section + '.update']}",
    }


def _whole_step(source: str, section: str) -> Cells:
    """A solution that does the step in one function: it runs in the forward cell, later cells hand out its results."""
    run = f"out = {section}_step(X_sh, W_sh, b_sh, Y_gt, lr)\n"
    return {
        f"{section}.shard": f"\n{source}\nX_sh, W_sh, b_sh = {section}_shard(X, W, b, 2)\n{UNPACK['shard']}",
        f"{section}.forward": f"\n{PACK}{run}Y = out['Y']\n",
        f"{section}.backward": (
            "\ndY = 2 * (Y - Y_gt) / (Y.shape[0] * out_ch)\ndX = out['dX']\n"
            "dW_sh, db_sh = out['dW_sh'], out['db_sh']\n" + UNPACK[f"{section}.backward"]
        ),
        f"{section}.update": f"\nW_sh, b_sh = out['W_sh'], out['b_sh']\n{UNPACK[section + '.update']}",
    }


def _evasions(base: Cells) -> list[Case]:
    return [
        Case(
            entry["id"],
            "evasion",
            _cut(entry["shard"], entry["pipeline"], "column"),
            entry["before"],
            frozenset() if entry["id"] in EVASIONS_WITHIN_THE_RULE else BREAKS[entry["id"]],
        )
        for entry in _read("evasions")
    ]


def _legit(base: Cells) -> list[Case]:
    return [
        Case(
            entry["id"],
            "legit",
            _cut(entry["shard"], entry["pipeline"], "column" if entry["kind"] == "col" else "row"),
            "",
            BREAKS.get(entry["id"], frozenset()) if entry["id"] in NOT_THE_TASK else frozenset(),
        )
        for entry in _read("legit")
    ]


def _cut(shard: str, pipeline: str, section: str) -> Cells:
    """A pipeline in the section's cells: the backward pass begins at `dY =`, the update where state is stepped."""
    backward = re.search(r"^dY ?=", pipeline, re.M).start()
    update = re.search(r"^(W_gpu1 ?-?= ?(W_gpu1|lr)|v_gpu1)", pipeline[backward:], re.M).start() + backward
    return {
        f"{section}.shard": "\n" + shard,
        f"{section}.forward": "\n" + pipeline[:backward],
        f"{section}.backward": "\n" + pipeline[backward:update],
        f"{section}.update": "\n" + pipeline[update:],
    }
