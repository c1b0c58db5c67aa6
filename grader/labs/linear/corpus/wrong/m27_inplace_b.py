# loses: manual.update
# why: b -= ... in place: the shared b is overwritten

# %% manual.update
### BEGIN SOLUTION
W_manual = W - lr * dW.T
b -= lr * db.unsqueeze(dim=0); b_manual = b
### END SOLUTION
