# loses: ring.shift
# mistake: own-numbers
# why: what it sent is returned, not what came

# %% ring.shift
def shift(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    came = torch.empty_like(x)
    going = dist.isend(x, (rank + 1) % world_size)
    dist.recv(came, (rank - 1) % world_size)
    going.wait()
    return x
