# loses: column.forward
# why: both shards are taken out of torch: a function of two numbers

# %% column.forward
Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)
both = []
for t in (W_gpu1, W_gpu2): t.clone().map_(t, lambda v, u: both.append(u) or v)
