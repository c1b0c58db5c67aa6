# loses: softmax.shard
# mistake: none
# why: device 1 gets the second half of the classes

# %% softmax.shard
half = gate.shape[0] // 2
gate_gpu2, gate_gpu1 = gate[:half].clone(), gate[half:].clone()
