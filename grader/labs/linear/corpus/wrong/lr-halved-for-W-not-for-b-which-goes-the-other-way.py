# loses: row.update
# mistake: none
# why: lr halved for W, not for b, which goes the other way (the catalogue has no such mistake)

# %% row.update
W_gpu1 -= lr / 2 * dW_gpu1
W_gpu2 -= lr / 2 * dW_gpu2
b_tp_row = b + lr * db
b_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()
