# loses: column.shard
# why: two shards of one copy

# %% column.shard
p = out_ch // 2
A = W.clone()
W_gpu1, W_gpu2 = A[:p], A[p:]
b_gpu1, b_gpu2, X_gpu1, X_gpu2 = b[:, :p].clone(), b[:, p:].clone(), X.clone(), X.clone()
