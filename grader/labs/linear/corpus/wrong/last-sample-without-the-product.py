# loses: manual.forward
# mistake: none
# why: last sample without the product (the catalogue has no such mistake)

# %% manual.forward
Y = X @ W.T + b
Y[-1:] = b
