# loses: ring.shift
# mistake: none
# says: waits in recv
# why: all ranks receive first

# %% ring.shift
def shift(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    came = torch.empty_like(x)
    dist.recv(came, (rank - 1) % world_size)
    dist.send(x, (rank + 1) % world_size)
    return came
