# loses: debug.hang
# mistake: own-mean
# why: no rank calls any other

# %% debug.hang
def centred(rank, world_size, x, n):
    return x - x.sum() / n
