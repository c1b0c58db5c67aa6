# loses: row.shard
# mistake: none
# why: X cut at 512 (the notebook's own sizes don't show it)

# %% row.shard
p = min(512, in_ch - 1)
W_gpu1, W_gpu2 = W[:, :p].clone(), W[:, p:].clone()
b_gpu1, b_gpu2 = b.clone(), b.clone()
X_gpu1, X_gpu2 = X[:, :p].clone(), X[:, p:].clone()
