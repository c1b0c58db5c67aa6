# loses: column.shard
# why: contiguous() copies nothing here

# %% column.shard
p = out_ch // 2
W_gpu1, W_gpu2 = W[:p].contiguous(), W[p:].contiguous()
b_gpu1, b_gpu2 = b[:, :p].clone(), b[:, p:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()
