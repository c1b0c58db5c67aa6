# why: column: the larger half on device 1

# %% column.shard
W_gpu1, W_gpu2 = [w.clone() for w in W.chunk(2)]
b_gpu1, b_gpu2 = [c.clone() for c in b.chunk(2, 1)]
X_gpu1, X_gpu2 = X.clone(), X.clone()
