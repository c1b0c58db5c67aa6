# loses: ring.all_reduce
# mistake: own-chunk-alone
# why: the chunk that reduce_scatter makes is returned

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    return reduce_scatter(rank, world_size, x)
