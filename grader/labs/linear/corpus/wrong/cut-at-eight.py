# loses: row.shard
# mistake: size-written-out
# why: cut at eight (a mistake of the catalogue in other words)

# %% row.shard
p = 8
W_gpu1, W_gpu2 = W[:, :p].clone(), W[:, p:].clone()
b_gpu1, b_gpu2 = b.clone(), b.clone()
X_gpu1, X_gpu2 = X[:, :p].clone(), X[:, p:].clone()
