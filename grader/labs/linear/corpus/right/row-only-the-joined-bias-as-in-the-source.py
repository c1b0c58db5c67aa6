# why: row: only the joined bias, as in the source

# %% row.update
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2
b_tp_row = b - lr * db.unsqueeze(dim=0)
