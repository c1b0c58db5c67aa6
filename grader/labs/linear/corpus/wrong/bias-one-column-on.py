# loses: manual.forward
# mistake: none
# why: bias one column on (the catalogue has no such mistake)

# %% manual.forward
Y = X @ W.T + b.roll(1, 1)
