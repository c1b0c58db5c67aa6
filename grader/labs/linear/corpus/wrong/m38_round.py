# loses: manual.update
# mistake: rounded
# why: weights rounded to 5 decimals

# %% manual.update
### BEGIN SOLUTION
W_manual = (W - lr * dW.T).round(decimals=5)
b_manual = b - lr * db.unsqueeze(dim=0)
### END SOLUTION
