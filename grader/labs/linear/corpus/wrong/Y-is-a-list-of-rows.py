# loses: manual.forward
# why: Y is a list of rows

# %% manual.forward
Y = [x @ W.T + b[0] for x in X]
