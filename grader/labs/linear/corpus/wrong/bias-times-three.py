# loses: manual.forward
# mistake: none
# why: bias times three (the catalogue has no such mistake)

# %% manual.forward
Y = X @ W.T + 3 * b
