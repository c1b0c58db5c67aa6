# loses: ring.shift
# mistake: none
# says: names rank
# why: the last rank sends to one that is not there

# %% ring.shift
def shift(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    came = torch.empty_like(x)
    going = dist.isend(x, rank + 1)
    dist.recv(came, (rank - 1) % world_size)
    going.wait()
    return came
