# loses: debug.hang
# mistake: none
# why: the mean is subtracted in place

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.sum()
    dist.all_reduce(total)
    x -= total / n
    return x
