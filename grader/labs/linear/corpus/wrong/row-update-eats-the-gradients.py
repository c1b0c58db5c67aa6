# loses: row.update
# why: row: update eats the gradients

# %% row.update
W_gpu1 -= dW_gpu1.mul_(lr)
W_gpu2 -= dW_gpu2.mul_(lr)
b_tp_row = b - lr * db.unsqueeze(0)
