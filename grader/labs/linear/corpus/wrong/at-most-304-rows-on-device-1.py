# loses: column.shard
# mistake: none
# why: at most 304 rows on device 1 (the notebook's own sizes don't show it)

# %% column.shard
p = min(304, out_ch - 1)
W_gpu1, W_gpu2 = W[:p].clone(), W[p:].clone()
b_gpu1, b_gpu2 = b[:, :p].clone(), b[:, p:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()
