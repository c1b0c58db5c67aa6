# loses: ring.shift
# mistake: two-neighbours-on
# why: everything two places on

# %% ring.shift
def shift(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    came = x.clone()
    if (rank + 2) % world_size != rank:
        going = dist.isend(x, (rank + 2) % world_size)
        dist.recv(came, (rank - 2) % world_size)
        going.wait()
    return came
