# loses: column.forward
# why: both shards are taken out of torch: every number with float()

# %% column.forward
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)
both = [float(w) for t in (W_gpu1, W_gpu2) for w in t.flatten()]
