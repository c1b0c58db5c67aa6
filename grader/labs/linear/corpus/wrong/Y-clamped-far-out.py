# loses: manual.forward
# mistake: none
# why: Y clamped far out (the notebook's own values don't show it)

# %% manual.forward
Y = (X @ W.T + b).clamp(-1e6, 1e6)
