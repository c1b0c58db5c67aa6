# loses: manual.dY
# mistake: none
# why: dY with a clipped difference (the catalogue has no such mistake)

# %% manual.dY
dY = 2 * (Y - Y_gt).clamp(-1, 1) / Y.numel()
