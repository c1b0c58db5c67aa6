"""What each entry of the corpus must lose in the lab, and what the lab cannot express, with the reason."""

from __future__ import annotations

NOT_IN_THE_LAB: dict[str, str] = {
    "m41_cached_forward": "every run of the exam has a fresh namespace, where a cache in a global is never stale",
    "c30_tree_drops_odd": "wrong only with three or more ranks; the lab has two devices",
    "c44_buffer_fp32": "factories follow the data's dtype in the lab, so the buffer is right",
    "r28_reduce_first_two": "wrong only with three or more ranks; the lab has two devices",
    "r29_tree_drops_odd": "wrong only with three or more ranks; the lab has two devices",
    "r56_reduce_off_by_one": "the loop over ranks is not in the lab; with two devices it is r05_not_reduced",
}

EVASIONS_WITHIN_THE_RULE: dict[str, str] = {
    "lazy lambda run after stop": "the lambda is never called while the task runs",
    "honest decoy + X/Y only closure": "a list of the two shards copies nothing and moves nothing",
}

NOT_THE_TASK: dict[str, str] = {
    "shards by tensor_split, empty+copy_": "cannot cut an odd out_ch: both halves get part_size rows",
}

HARMS_ITS_PROCESS: dict[str, str] = {
    "ctypes.memmove into numpy buffer": "writes past its float32 buffer where the data is float64",
}

REFERENCE = frozenset({"reference.step"})
SHARD, FORWARD = frozenset({"column.shard"}), frozenset({"column.forward"})
BACKWARD, UPDATE = frozenset({"column.backward"}), frozenset({"column.update"})
ROW_SHARD, ROW_FORWARD = frozenset({"row.shard"}), frozenset({"row.forward"})
ROW_BACKWARD, ROW_UPDATE = frozenset({"row.backward"}), frozenset({"row.update"})


def _manual(step: str) -> frozenset[str]:
    return frozenset({f"manual.{step}"})


BREAKS: dict[str, frozenset[str]] = {
    "i01_loss_sum": REFERENCE,
    "i02_loss_mean_batch": REFERENCE,
    "i04_weight_not_copied": REFERENCE,
    "i05_weight_aliased": REFERENCE,
    "i06_bias_aliased": REFERENCE,
    "i08_step_before_backward": REFERENCE,
    "i09_step_twice": REFERENCE,
    "i10_lr_default": REFERENCE,
    "i12_nesterov": REFERENCE,
    "i15_backward_twice": REFERENCE,
    "m05_no_two": _manual("dY"),
    "m06_no_div": _manual("dY"),
    "m07_div_xnumel": _manual("dY"),
    "m10_div_hard": _manual("dY"),
    "m11_div_minus1": _manual("dY"),
    "m12_div_eps": _manual("dY"),
    "m18_lr_hard": _manual("update"),
    "m19_db_mean": _manual("gradients"),
    "m20_db_dim1": _manual("gradients"),
    "m24_dX_new_W": _manual("gradients"),
    "m26_inplace_W": _manual("update"),
    "m27_inplace_b": _manual("update"),
    "m30_bf16_forward": _manual("forward"),
    "m35_dW_over_batch": _manual("gradients"),
    "m37_float32_cast": _manual("forward"),
    "m38_round": _manual("update"),
    "m42_relu": _manual("forward"),
    "m43_dX_detached_zero": _manual("gradients"),
    "m44_b_row0_only": _manual("forward"),
    "c02_bias_rank0_only": FORWARD,
    "c06_cat_order": FORWARD,
    "c07_cat_dim0": FORWARD,
    "c08_dX_not_reduced": BACKWARD,
    "c09_dX_averaged": BACKWARD,
    "c10_dX_cat": BACKWARD,
    "c13_db_copy_paste": BACKWARD,
    "c16_div_batch": BACKWARD,
    "c17_no_two": BACKWARD,
    "c18_div_hard": BACKWARD,
    "c21_b_last_not_updated": UPDATE,
    "c24_drop_odd": SHARD,
    "c25_hard_304": SHARD,
    "c26_lr_hard": UPDATE,
    "c31_full_W_backward": BACKWARD,
    "c33_dX_new_W": BACKWARD | UPDATE,  # the edit moves the update into the backward cell: both cells are wrong
    "c35_dW_allreduced": BACKWARD,
    "c37_fp16_allreduce": BACKWARD,
    "c39_stale_Y": FORWARD,
    "c40_stale_dY": BACKWARD,
    "c45_db_mean": BACKWARD,
    "c47_dX_inplace_alias": BACKWARD,
    "r05_not_reduced": ROW_FORWARD,
    "r06_averaged": ROW_FORWARD,
    "r07_cat_Y": ROW_FORWARD,
    "r08_X_swapped": ROW_SHARD,
    "r09_W_swapped_both": ROW_SHARD,
    "r14_dX_copy_paste": ROW_BACKWARD,
    "r17_db_allreduced": ROW_BACKWARD,
    "r18_b_double_update": ROW_UPDATE,
    "r26_lr_hard": ROW_UPDATE,
    "r31_b_view": ROW_SHARD,
    "r33_full_W_backward": ROW_BACKWARD,
    "r39_W_last_not_updated": ROW_UPDATE,
    "r41_db_over_ws": ROW_UPDATE,
    "r47_stale_dX": ROW_BACKWARD,
    "r50_inplace_partial": ROW_FORWARD,
    "r51_db_squeeze": ROW_BACKWARD,
    "r52_X_inplace": ROW_FORWARD,
    "r53_column_instead": ROW_SHARD | ROW_FORWARD | ROW_BACKWARD | ROW_UPDATE,
    "r54_lr_over_ws": ROW_UPDATE,
    "r55_div_hard": ROW_BACKWARD,
    "vstack": FORWARD,
    "empty(full) + slice copy": FORWARD,
    "cat(out=)": FORWARD,
    "buffer preallocated before": FORWARD,
    "buffer hidden in closure": FORWARD,
    "global W in forward": FORWARD,
    "new nn.Linear with full W": FORWARD,
    "F.linear(cat)": FORWARD,
    "autograd on cat, backward()": FORWARD | BACKWARD,  # the full gradient is cut up in the backward cell
    "np.concatenate -> from_numpy": FORWARD,
    "all in numpy, only Y back": FORWARD,
    "item() loop into list": FORWARD,
    "ctypes.memmove into numpy buffer": FORWARD,
    "from_numpy buffer + copy_": FORWARD,
    "storage.resize_ + as_strided": FORWARD,
    "as_strided over un-split view": SHARD | FORWARD,  # the shard is a view of W, and forward reaches through it
    "shards are views of W (no clone)": SHARD,
    "sparse COO cat": FORWARD,
    "int8 quantised full copy": FORWARD,
    "full dW = X.T @ dY, split": BACKWARD,
    "full dW by vmap(outer).sum": BACKWARD,
    "cat of dW shards": BACKWARD,
    "complex packing": FORWARD,
    "two bf16 packed in int32": FORWARD,
    "nested tensor of shards": FORWARD,
    "parameters_to_vector": FORWARD,
    "threading.Thread does the cat": FORWARD,
    "ThreadPoolExecutor": FORWARD,
    "pickle both shards to bytes": FORWARD,
    "torch.save to disk, load later": FORWARD,
    "W_gpu2 = other half taken by device 1 name": FORWARD,
    "broadcast outer product b*in*out, sum": BACKWARD,
    "roles swapped: row code, column task": SHARD | FORWARD | BACKWARD | UPDATE,
    "dX without all-reduce": BACKWARD,
    "W laundered by an identity made of data": FORWARD,
    "raw thread + numpy writes into Y's memory": FORWARD,
    "alias of W hidden (torch.q = W)": FORWARD,
    "student stops the ledger himself": FORWARD,
    "whole cell computed in torch.inference_mode": FORWARD,
    "jit.script": FORWARD,
    "shards by tensor_split, empty+copy_": SHARD,
}
