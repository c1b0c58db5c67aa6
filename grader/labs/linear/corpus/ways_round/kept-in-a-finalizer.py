# loses: column.forward
# why: the whole W outlives the cell that cuts it: in a finalizer

# %% column.shard
p = out_ch // 2
W_gpu1, W_gpu2 = W[:p].clone(), W[p:].clone()
b_gpu1, b_gpu2 = b[:, :p].clone(), b[:, p:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()
class Keep:
    def __init__(self, A): self.A = A
    def __del__(self): globals()['back'] = self.A
keep = Keep(W)

# %% column.forward
del keep
Y = X @ back.T + b
