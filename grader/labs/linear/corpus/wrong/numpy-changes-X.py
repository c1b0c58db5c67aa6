# loses: manual.forward
# why: numpy changes X

# %% manual.forward
Y = X @ W.T + b
X.numpy()[...] = 0
