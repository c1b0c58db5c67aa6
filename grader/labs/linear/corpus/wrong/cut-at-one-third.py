# loses: row.shard
# mistake: none
# why: cut at one third (the catalogue has no such mistake)

# %% row.shard
p = in_ch // 3
W_gpu1, W_gpu2 = W[:, :p].clone(), W[:, p:].clone()
b_gpu1, b_gpu2 = b.clone(), b.clone()
X_gpu1, X_gpu2 = X[:, :p].clone(), X[:, p:].clone()
