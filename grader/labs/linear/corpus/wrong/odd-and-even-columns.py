# loses: row.shard
# mistake: none
# why: odd and even columns (the notebook's own sizes don't show it)

# %% row.shard
W_gpu1, W_gpu2 = W[:, 1::2].clone(), W[:, ::2].clone()
b_gpu1, b_gpu2 = b.clone(), b.clone()
X_gpu1, X_gpu2 = X[:, 1::2], X[:, ::2]
