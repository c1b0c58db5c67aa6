# why: one nn.Linear per rank + autograd

# %% column.shard

def column_shard(X, W, b, world_size):
    return [X.clone() for _ in range(world_size)], [w.clone() for w in W.tensor_split(world_size, 0)], [v.clone() for v in b.tensor_split(world_size, 1)]
def column_step(X_sh, W_sh, b_sh, Y_gt, lr):
    Ws = [w.clone().requires_grad_(True) for w in W_sh]; bs = [v.clone().requires_grad_(True) for v in b_sh]; Xs = [x.clone().requires_grad_(True) for x in X_sh]
    Y = torch.cat([nn.functional.linear(x, w, v.squeeze(0)) for x, w, v in zip(Xs, Ws, bs)], 1)
    ((Y - Y_gt) ** 2).mean().backward()
    dX = sum(x.grad for x in Xs)
    return dict(Y=Y.detach(), dX=dX, dW_sh=[w.grad.T for w in Ws], db_sh=[v.grad.squeeze(0) for v in bs],
                W_sh=[w - lr * g.grad for w, g in zip(W_sh, Ws)], b_sh=[v - lr * g.grad for v, g in zip(b_sh, bs)])

X_sh, W_sh, b_sh = column_shard(X, W, b, 2)
W_gpu1, W_gpu2 = W_sh
b_gpu1, b_gpu2 = b_sh
X_gpu1, X_gpu2 = X_sh

# %% column.forward
world_size = 2
X_sh, W_sh, b_sh = [X_gpu1, X_gpu2], [W_gpu1, W_gpu2], [b_gpu1, b_gpu2]
out = column_step(X_sh, W_sh, b_sh, Y_gt, lr)
Y = out['Y']

# %% column.backward
dY = 2 * (Y - Y_gt) / (Y.shape[0] * out_ch)
dX = out['dX']
dW_sh, db_sh = out['dW_sh'], out['db_sh']
dW_gpu1, dW_gpu2 = dW_sh
db_gpu1, db_gpu2 = db_sh

# %% column.update
W_sh, b_sh = out['W_sh'], out['b_sh']
W_gpu1, W_gpu2 = W_sh
b_gpu1, b_gpu2 = b_sh
