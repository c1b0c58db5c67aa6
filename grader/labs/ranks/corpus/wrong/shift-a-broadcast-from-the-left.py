# loses: ring.shift
# mistake: none
# says: src
# why: each rank asks for a broadcast from its neighbour (pytorch#39706: another root on each rank)

# %% ring.shift
def shift(rank, world_size, x):
    came = x.clone()
    dist.broadcast(came, src=(rank - 1) % world_size)
    return came
