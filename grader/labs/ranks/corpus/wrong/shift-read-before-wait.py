# loses: ring.shift
# mistake: none
# why: returned before the message has come

# %% ring.shift
def shift(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    came = torch.empty_like(x)
    going = dist.isend(x, (rank + 1) % world_size)
    coming = dist.irecv(came, (rank - 1) % world_size)
    result = came * 1
    going.wait()
    coming.wait()
    return result
