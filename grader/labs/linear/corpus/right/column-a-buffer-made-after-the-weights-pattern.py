# why: column: a buffer made after the weights' pattern

# %% column.forward
Y = W_gpu1.new_empty(batch_size, out_ch)
k = W_gpu1.shape[0]
Y[:, :k], Y[:, k:] = X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2

# %% column.update
for W_part, dW_part in ((W_gpu1, dW_gpu1), (W_gpu2, dW_gpu2)):
    step = torch.zeros_like(W_part)
    step += lr * dW_part.T
    W_part -= step
b_gpu1 -= lr * db_gpu1
b_gpu2 -= lr * db_gpu2
