# loses: row.forward
# mistake: none
# why: all-reduce in bfloat16 (the notebook's own values don't show it)

# %% row.forward
Y = ((X_gpu1 @ W_gpu1.T).bfloat16() + (X_gpu2 @ W_gpu2.T).bfloat16()).to(X.dtype) + b
