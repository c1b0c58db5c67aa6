# why: column: Y row after row into a buffer

# %% column.forward
Y, k = torch.empty(batch_size, out_ch), W_gpu1.shape[0]
for i in range(batch_size):
    Y[i, :k] = X_gpu1[i] @ W_gpu1.T + b_gpu1[0]
    Y[i, k:] = X_gpu2[i] @ W_gpu2.T + b_gpu2[0]
