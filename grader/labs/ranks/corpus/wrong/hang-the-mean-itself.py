# loses: debug.hang
# mistake: mean-itself
# why: the mean is returned, and not what lies beside it

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.sum()
    dist.all_reduce(total)
    return (total / n).expand(len(x)).clone()
