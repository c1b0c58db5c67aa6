# loses: manual.forward
# mistake: none
# why: a bias in bfloat16 (the notebook's own values don't show it)

# %% manual.forward
Y = (X @ W.T).float() + b.bfloat16().float()
