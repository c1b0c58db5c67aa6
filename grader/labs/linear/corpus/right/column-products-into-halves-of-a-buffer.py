# why: column: products into halves of a buffer

# %% column.forward

Y = torch.empty(batch_size, out_ch)
torch.mm(X_gpu1, W_gpu1.T, out=Y[:, :part_size])
torch.mm(X_gpu2, W_gpu2.T, out=Y[:, part_size:])
Y[:, :part_size] += b_gpu1
Y[:, part_size:] += b_gpu2
