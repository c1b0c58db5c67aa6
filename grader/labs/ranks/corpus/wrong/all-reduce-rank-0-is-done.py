# loses: ring.all_reduce
# mistake: none
# says: rank
# why: rank 0 returns after the first half

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    chunk = reduce_scatter(rank, world_size, x)
    if rank == 0 and world_size > 1:
        return torch.cat((chunk, torch.zeros_like(x)))[: len(x)]
    return all_gather(rank, world_size, chunk, len(x))
