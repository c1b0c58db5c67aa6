# loses: manual.forward
# why: numpy clears a row of Y

# %% manual.forward
Y = X @ W.T + b
Y.numpy()[0] = 0
