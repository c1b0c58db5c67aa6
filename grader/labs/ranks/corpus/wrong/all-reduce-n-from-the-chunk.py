# loses: ring.all_reduce
# mistake: none
# why: n worked out from the own chunk, which is right for even sizes only

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    chunk = reduce_scatter(rank, world_size, x)
    return all_gather(rank, world_size, chunk, len(chunk) * world_size)
