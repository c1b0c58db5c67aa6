# loses: ring.shift
# mistake: none
# says: a rank does not send to itself
# why: a single rank sends to itself

# %% ring.shift
def shift(rank, world_size, x):
    came = torch.empty_like(x)
    going = dist.isend(x, (rank + 1) % world_size)
    dist.recv(came, (rank - 1) % world_size)
    going.wait()
    return came
