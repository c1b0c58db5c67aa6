# loses: column.forward
# why: the whole W outlives the cell that cuts it: in a default argument

# %% column.shard
p = out_ch // 2
W_gpu1, W_gpu2 = W[:p].clone(), W[p:].clone()
b_gpu1, b_gpu2 = b[:, :p].clone(), b[:, p:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()
def back(A=W): return A

# %% column.forward
Y = X @ back().T + b
