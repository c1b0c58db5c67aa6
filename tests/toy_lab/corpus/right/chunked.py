# why: cut by chunk, all in one expression a device

# %% softmax.shard
gate_gpu1, gate_gpu2 = (part.clone() for part in gate.chunk(2))
