# loses: ring.shift
# says: all_gather is not for this task
# why: all parts everywhere, where one message each would do

# %% ring.shift
def shift(rank, world_size, x):
    everyone = [torch.empty_like(x) for _ in range(world_size)]
    dist.all_gather(everyone, x)
    return everyone[(rank - 1) % world_size]
