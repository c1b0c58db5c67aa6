# loses: column.update
# mistake: none
# why: b stepped by the other sign and twice (the catalogue has no such mistake)

# %% column.update
W_gpu1 -= lr * dW_gpu1.T
W_gpu2 -= lr * dW_gpu2.T
b_gpu1 += 2 * lr * db_gpu1
b_gpu2 -= lr * db_gpu2
