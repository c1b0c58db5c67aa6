# why: column: cat into an empty out

# %% column.forward
Y = torch.empty(0)
torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1, out=Y)
