# loses: manual.update
# mistake: none
# why: weights clamped far out (the notebook's own values don't show it)

# %% manual.update
W_manual = (W - lr * dW.T).clamp(-1e5, 1e5)
b_manual = b - lr * db
