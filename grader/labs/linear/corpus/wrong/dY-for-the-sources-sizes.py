# loses: manual.dY
# mistake: divisor-written-out
# why: dY for the source's sizes (a mistake of the catalogue in other words)

# %% manual.dY
scale = 2 / 19456
dY = torch.mul(Y - Y_gt, scale)
