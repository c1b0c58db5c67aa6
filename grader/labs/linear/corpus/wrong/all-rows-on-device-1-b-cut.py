# loses: column.shard
# mistake: none
# why: all rows on device 1, b cut (the catalogue has no such mistake)

# %% column.shard
p = out_ch // 2
W_gpu1, W_gpu2 = W[:out_ch].clone(), W[out_ch - 1:].clone()
b_gpu1, b_gpu2 = b[:, :p].clone(), b[:, p:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()
