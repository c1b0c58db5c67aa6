# loses: manual.forward
# mistake: bias-twice
# why: Y by F.linear with the bias again (a mistake of the catalogue in other words)

# %% manual.forward
Y = F.linear(X, W, b[0])
Y += b
