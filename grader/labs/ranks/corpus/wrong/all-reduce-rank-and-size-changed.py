# loses: ring.all_reduce
# mistake: none
# why: rank and world_size in the wrong order

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    return all_gather(rank, world_size, reduce_scatter(world_size, rank, x), len(x))
