"""The catalogue: the mistakes of each task."""

from __future__ import annotations

from grader.lab import Mistake
from grader.labs.linear.mistakes import (
    backward,
    backward_on_two_devices,
    experiment,
    forward,
    forward_on_two_devices,
    loss_gradient,
    reference,
    shards,
    update,
)

CATALOGUE: dict[str, tuple[Mistake, ...]] = {
    "reference.step": reference.REFERENCE_STEP,
    "manual.forward": forward.MANUAL_FORWARD,
    "manual.dY": loss_gradient.MANUAL_DY,
    "manual.gradients": backward.MANUAL_GRADIENTS,
    "manual.update": update.MANUAL_UPDATE,
    "column.shard": shards.COLUMN_SHARD,
    "column.forward": forward_on_two_devices.COLUMN_FORWARD,
    "column.backward": backward_on_two_devices.COLUMN_BACKWARD,
    "column.update": update.COLUMN_UPDATE,
    "row.shard": shards.ROW_SHARD,
    "row.forward": forward_on_two_devices.ROW_FORWARD,
    "row.backward": backward_on_two_devices.ROW_BACKWARD,
    "row.update": update.ROW_UPDATE,
    "fp32.experiment": experiment.EXPERIMENT,
}
