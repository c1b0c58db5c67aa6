# loses: ring.shift
# mistake: none
# says: sends
# why: a buffer one too long for what comes (nccl#1938)

# %% ring.shift
def shift(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    came = x.new_empty(x.numel() + 1)
    going = dist.isend(x, (rank + 1) % world_size)
    dist.recv(came, (rank - 1) % world_size)
    going.wait()
    return came[:-1]
