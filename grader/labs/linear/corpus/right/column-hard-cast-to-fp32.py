# why: column: hard cast to fp32

# %% column.forward
Y = torch.cat(((X_gpu1 @ W_gpu1.T + b_gpu1).float(), (X_gpu2 @ W_gpu2.T + b_gpu2).float()), 1)
