# why: ranks processed from last to first

# %% column.shard
world_size = 2
edges = [W.shape[0] * r // world_size for r in range(world_size + 1)]
W_sh, b_sh, X_sh = [], [], []
for r in range(world_size):
    lo, hi = edges[r], edges[r + 1]
    W_sh.append(W[lo:hi, :].clone())
    b_sh.append(b[:, lo:hi].clone())
    X_sh.append(X.clone())
W_gpu1, W_gpu2 = W_sh
b_gpu1, b_gpu2 = b_sh
X_gpu1, X_gpu2 = X_sh

# %% column.forward
world_size = 2
X_sh, W_sh, b_sh = [X_gpu1, X_gpu2], [W_gpu1, W_gpu2], [b_gpu1, b_gpu2]
world_size = len(W_sh)
out_ch = Y_gt.shape[1]
# ----FORWARD----
Y_sh = [X_sh[r] @ W_sh[r].T + b_sh[r] for r in range(world_size)]
# all_gather
Y = torch.cat(Y_sh, 1)

# %% column.backward
world_size = 2
X_sh, W_sh, b_sh = [X_gpu1, X_gpu2], [W_gpu1, W_gpu2], [b_gpu1, b_gpu2]
# ----BACKWARD----
dY = 2 * (Y - Y_gt) / (Y.shape[0] * out_ch)
e = [sum(w.shape[0] for w in W_sh[:r]) for r in range(world_size + 1)]
dX_sh = [dY[:, e[r]:e[r + 1]] @ W_sh[r] for r in reversed(range(world_size))]
# all_reduce
dX = dX_sh[0]
for r in range(1, world_size):
    dX = dX + dX_sh[r]
dW_sh = [X_sh[r].T @ dY[:, e[r]:e[r + 1]] for r in range(world_size)]
db_sh = [dY[:, e[r]:e[r + 1]].sum(dim=0) for r in range(world_size)]
dW_gpu1, dW_gpu2 = dW_sh
db_gpu1, db_gpu2 = db_sh

# %% column.update
world_size = 2
X_sh, W_sh, b_sh = [X_gpu1, X_gpu2], [W_gpu1, W_gpu2], [b_gpu1, b_gpu2]
dW_sh = [dW_gpu1, dW_gpu2]
db_sh = [db_gpu1, db_gpu2]
for r in range(world_size):
    W_sh[r] -= lr * dW_sh[r].T
    b_sh[r] -= lr * db_sh[r].unsqueeze(dim=0)
W_gpu1, W_gpu2 = W_sh
b_gpu1, b_gpu2 = b_sh
