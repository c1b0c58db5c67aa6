# why: column: torch.optim over shards

# %% column.update
shards = [nn.Parameter(t) for t in (W_gpu1, W_gpu2, b_gpu1, b_gpu2)]
for p, g in zip(shards, (dW_gpu1.T, dW_gpu2.T, db_gpu1[None], db_gpu2[None])): p.grad = g.clone()
torch.optim.SGD(shards, lr=lr).step()
W_gpu1, W_gpu2, b_gpu1, b_gpu2 = shards
