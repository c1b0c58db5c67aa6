# loses: manual.update
# why: W -= ... in place: the shared W is overwritten

# %% manual.update
### BEGIN SOLUTION
W -= lr * dW.T; W_manual = W
b_manual = b - lr * db.unsqueeze(dim=0)
### END SOLUTION
