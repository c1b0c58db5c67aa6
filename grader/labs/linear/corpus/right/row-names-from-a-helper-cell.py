# why: row: names from a helper cell

# %% before

from functools import partial, lru_cache
import torch.nn.functional as F
matmul_t = lambda x, w: x @ w.T
step = partial(torch.sub, alpha=1)
@lru_cache(maxsize=None)
def count(*shape):
    n = 1
    for s in shape: n *= s
    return n
def all_reduce(*parts): return sum(parts[1:], start=parts[0])
def all_gather(*parts, dim=1): return torch.cat(parts, dim)

# %% row.forward
Y = all_reduce(matmul_t(X_gpu1, W_gpu1), matmul_t(X_gpu2, W_gpu2)) + b

# %% row.backward

dY = 2 * (Y - Y_gt) / count(*Y.shape)
dX = all_gather(dY @ W_gpu1, dY @ W_gpu2)
dW_gpu1, dW_gpu2, db = dY.T @ X_gpu1, dY.T @ X_gpu2, dY.sum(0)

# %% row.update

W_gpu1, W_gpu2 = step(W_gpu1, lr * dW_gpu1), step(W_gpu2, lr * dW_gpu2)
b_tp_row = step(b, lr * db)
