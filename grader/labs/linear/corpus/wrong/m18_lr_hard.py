# loses: manual.update
# mistake: lr-written-out
# why: lr hard-coded 0.3

# %% manual.update
### BEGIN SOLUTION
W_manual = W - 0.3 * dW.T
b_manual = b - 0.3 * db.unsqueeze(dim=0)
### END SOLUTION
