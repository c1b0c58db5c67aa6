# loses: manual.forward
# why: numpy adds the bias

# %% manual.forward
Y = X @ W.T
Y.numpy()[...] += b.numpy()
