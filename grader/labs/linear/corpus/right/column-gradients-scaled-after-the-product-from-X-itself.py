# why: column: gradients scaled after the product, from X itself

# %% column.backward

diff = Y - Y_gt
scale = 2 / diff.numel()
dY = diff * scale
dX = (diff[:, :part_size] @ W_gpu1 + diff[:, part_size:] @ W_gpu2) * scale
dW_gpu1 = (X.T @ diff[:, :part_size]) * scale
dW_gpu2 = (X.T @ diff[:, part_size:]) * scale
db_gpu1, db_gpu2 = diff[:, :part_size].sum(0) * scale, diff[:, part_size:].sum(0) * scale
