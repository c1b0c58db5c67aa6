# why: row: each replica steps by itself

# %% row.update
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2
b_gpu1 -= lr * db.unsqueeze(0)
b_gpu2 -= lr * db.unsqueeze(0)
b_tp_row = b_gpu1
