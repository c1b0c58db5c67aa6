# loses: manual.dY
# mistake: none
# why: dY without 2, first row left out (the catalogue has no such mistake)

# %% manual.dY
dY = (Y - Y_gt) / Y.numel()
dY[:1] = 0
