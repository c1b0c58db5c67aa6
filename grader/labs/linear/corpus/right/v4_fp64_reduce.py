# why: fp64 all_reduce, cast back

# %% row.shard
world_size = 2
edges = [W.shape[1] * r // world_size for r in range(world_size + 1)]
W_sh, b_sh, X_sh = [], [], []
for r in range(world_size):
    lo, hi = edges[r], edges[r + 1]
    W_sh.append(W[:, lo:hi].clone())
    X_sh.append(X[:, lo:hi].clone())
    b_sh.append(b.clone())
W_gpu1, W_gpu2 = W_sh
b_gpu1, b_gpu2 = b_sh
X_gpu1, X_gpu2 = X_sh

# %% row.forward
world_size = 2
X_sh, W_sh, b_sh = [X_gpu1, X_gpu2], [W_gpu1, W_gpu2], [b_gpu1, b_gpu2]
world_size = len(W_sh)
out_ch = Y_gt.shape[1]
# ----FORWARD----
Y_sh = [X_sh[r] @ W_sh[r].T for r in range(world_size)]
# all_reduce
Y = sum(y.double() for y in Y_sh).to(Y_gt.dtype)
Y = Y + b_sh[0]

# %% row.backward
world_size = 2
X_sh, W_sh, b_sh = [X_gpu1, X_gpu2], [W_gpu1, W_gpu2], [b_gpu1, b_gpu2]
# ----BACKWARD----
dY = 2 * (Y - Y_gt) / (Y.shape[0] * out_ch)
dX_sh = [dY @ W_sh[r] for r in range(world_size)]
dX = torch.cat(dX_sh, 1)
dW_sh = [dY.T @ X_sh[r] for r in range(world_size)]
db = dY.sum(dim=0)
dW_gpu1, dW_gpu2 = dW_sh

# %% row.update
world_size = 2
X_sh, W_sh, b_sh = [X_gpu1, X_gpu2], [W_gpu1, W_gpu2], [b_gpu1, b_gpu2]
dW_sh = [dW_gpu1, dW_gpu2]
for r in range(world_size):
    W_sh[r] -= lr * dW_sh[r]
    b_sh[r] -= lr * db.unsqueeze(dim=0)
W_gpu1, W_gpu2 = W_sh
b_gpu1, b_gpu2 = b_sh
b_tp_row = b_gpu1
