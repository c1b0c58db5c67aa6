# why: irecv first, then a blocking send

# %% ring.shift
def shift(rank, world_size, x):
    if world_size < 2:
        return x
    result = x.new_empty(x.shape)
    coming = dist.irecv(result, (rank + world_size - 1) % world_size)
    dist.send(x, (rank + 1) % world_size)
    coming.wait()
    return result
