# loses: column.shard
# mistake: shards-swapped
# why: shards dealt out by unpacking the wrong way (a mistake of the catalogue in other words)

# %% column.shard
p = out_ch - out_ch // 2
W_gpu2, W_gpu1 = W[:p].clone(), W[p:].clone()
b_gpu1, b_gpu2 = b[:, :p].clone(), b[:, p:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()
