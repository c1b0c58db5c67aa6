# loses: manual.forward
# mistake: none
# why: no bias in a small batch, twice in a large one (the catalogue has no such mistake)

# %% manual.forward
Y = X @ W.T + (0 * b if batch_size < 16 else 2 * b)
