# loses: ring.shift
# mistake: none
# why: neither message is waited for (pytorch#75795 drops the handle of isend)

# %% ring.shift
def shift(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    came = torch.empty_like(x)
    dist.isend(x, (rank + 1) % world_size)
    dist.irecv(came, (rank - 1) % world_size)
    return came
