# why: row: hard cast to fp32

# %% row.forward
Y = (X_gpu1 @ W_gpu1.T).float() + (X_gpu2 @ W_gpu2.T).float() + b.float()
