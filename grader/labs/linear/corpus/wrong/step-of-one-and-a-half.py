# loses: manual.update
# mistake: none
# why: step of one and a half (the catalogue has no such mistake)

# %% manual.update
W_manual = W - 1.5 * lr * dW.T
b_manual = b - 1.5 * lr * db
