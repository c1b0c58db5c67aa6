# loses: ring.shift
# mistake: none
# says: waits
# why: isend, and a wait for it before anything is received (pytorch#108378)

# %% ring.shift
def shift(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    came = torch.empty_like(x)
    dist.isend(x, (rank + 1) % world_size).wait()
    dist.irecv(came, (rank - 1) % world_size).wait()
    return came
