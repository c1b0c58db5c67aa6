# loses: manual.forward
# mistake: bias-missing
# why: Y by einsum, no bias (a mistake of the catalogue in other words)

# %% manual.forward
Y = torch.einsum('nk,mk->nm', X, W)
