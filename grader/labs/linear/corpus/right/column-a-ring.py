# why: column: a ring

# %% column.backward

dY = 2 * (Y - Y_gt) / Y.numel()
parts = [list(p.chunk(2, dim=1)) for p in (dY[:, :part_size] @ W_gpu1, dY[:, part_size:] @ W_gpu2)]
parts[0][0] = parts[0][0] + parts[1][0]   # reduce-scatter
parts[1][1] = parts[1][1] + parts[0][1]
dX = torch.cat((parts[0][0], parts[1][1]), 1)   # all-gather
dW_gpu1, dW_gpu2 = X_gpu1.T @ dY[:, :part_size], X_gpu2.T @ dY[:, part_size:]
db_gpu1, db_gpu2 = dY[:, :part_size].sum(0), dY[:, part_size:].sum(0)
