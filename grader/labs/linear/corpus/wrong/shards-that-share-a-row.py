# loses: column.shard
# mistake: none
# why: shards that share a row (the catalogue has no such mistake)

# %% column.shard
p = out_ch // 2
W_gpu1, W_gpu2 = W[:p].clone(), W[p - 1:].clone()
b_gpu1, b_gpu2 = b[:, :p].clone(), b[:, p - 1:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()
