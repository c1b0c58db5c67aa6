# loses: debug.hang
# mistake: mean-of-means
# why: the mean of the ranks' means, right where all parts are as long

# %% debug.hang
def centred(rank, world_size, x, n):
    mean = x.sum() / max(1, len(x))
    dist.all_reduce(mean)
    return x - mean / world_size
