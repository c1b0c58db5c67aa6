# loses: column.forward
# why: the whole W outlives the cell that cuts it: in autograd's graph

# %% column.shard
p = out_ch // 2
W_gpu1, W_gpu2 = W[:p].clone(), W[p:].clone()
b_gpu1, b_gpu2 = b[:, :p].clone(), b[:, p:].clone()
X_gpu1, X_gpu2 = X.clone(), X.clone()
Z = X.clone().requires_grad_() @ W.clone().requires_grad_().T

# %% column.forward
Y = X @ Z.grad_fn._saved_mat2 + b
