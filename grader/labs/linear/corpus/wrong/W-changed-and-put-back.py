# loses: manual.update
# why: W changed and put back

# %% manual.update
W -= lr * dW.T
W_manual = W.clone()
W += lr * dW.T
b_manual = b - lr * db
