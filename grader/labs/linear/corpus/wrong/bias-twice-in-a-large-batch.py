# loses: manual.forward
# mistake: none
# why: bias twice in a large batch (the catalogue has no such mistake)

# %% manual.forward
Y = X @ W.T + (b if batch_size < 16 else 2 * b)
