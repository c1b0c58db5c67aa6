# loses: ring.all_reduce
# mistake: summed-over-again
# why: reduce_scatter of what is already gathered: N times too much

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    chunk = reduce_scatter(rank, world_size, x)
    whole = all_gather(rank, world_size, chunk, len(x))
    return whole * world_size
