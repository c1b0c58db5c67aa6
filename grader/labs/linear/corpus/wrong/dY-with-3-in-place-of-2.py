# loses: manual.dY
# mistake: none
# why: dY with 3 in place of 2 (the catalogue has no such mistake)

# %% manual.dY
dY = 3 * (Y - Y_gt) / Y.numel()
