# loses: manual.forward
# mistake: none
# why: one number of Y taken out and put back

# %% manual.forward
Y = X @ W.T + b
Y[0, 0] = Y[0, 0].item()
