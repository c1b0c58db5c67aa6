"""The models at whose sizes this lab asks what a layer would hold and move."""

from __future__ import annotations

import torch

from grader.lab import N_, Case, Model, WhatIf

# out_features and in_features of the largest matrix of a block, and how many such matrices the model has:
# three in each block's MLP (The Llama 3 Herd of Models, arXiv 2407.21783, table 3)
MODELS = (Model("Llama 3.1 8B", 14336, 4096, 3 * 32), Model("Llama 3.1 405B", 53248, 16384, 3 * 126))


def case_of(model: Model, batch_size: int) -> Case:
    """A step of a model's largest matrix."""
    sizes = {"batch_size": batch_size, "in_features": model.columns, "out_features": model.rows}
    return Case(sizes, {"lr": 0.3}, torch.float32, world=2)


WAYS = {
    "manual": N_("one device"),
    "column": N_("column-wise, on each of two"),
    "row": N_("row-wise, on each of two"),
}
WHAT_IF = WhatIf(MODELS, ("manual.forward", "column.forward", "row.forward"), case_of, WAYS)
