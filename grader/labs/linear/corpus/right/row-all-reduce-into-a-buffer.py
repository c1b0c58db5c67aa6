# why: row: all-reduce into a buffer

# %% row.forward
Y = torch.zeros(batch_size, out_ch)
Y += X_gpu1 @ W_gpu1.T
Y += X_gpu2 @ W_gpu2.T
Y += b
