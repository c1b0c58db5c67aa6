# why: column: device 1's gradient tried out in other ways

# %% column.backward
dY = 2 * (Y - Y_gt) / Y.numel()
L, R = dY[:, :W_gpu1.shape[0]], dY[:, W_gpu1.shape[0]:]
dX = L @ W_gpu1 + R @ W_gpu2
dW_gpu1, dW_gpu2 = X_gpu1.T @ L, X_gpu2.T @ R
db_gpu1, db_gpu2 = L.sum(0), R.sum(0)
W_ = W_gpu1.clone().requires_grad_()
(X_gpu1 @ W_.T).backward(L.clone())
print(torch.allclose(W_.grad.T, dW_gpu1), torch.allclose(X.T @ L, dW_gpu1))
print(torch.allclose(torch.einsum('nk,nm->km', X_gpu1, L.contiguous()), dW_gpu1))
