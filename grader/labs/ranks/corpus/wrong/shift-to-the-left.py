# loses: ring.shift
# mistake: from-the-right
# why: the ring runs the wrong way

# %% ring.shift
def shift(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    came = torch.empty_like(x)
    going = dist.isend(x, (rank - 1) % world_size)
    dist.recv(came, (rank + 1) % world_size)
    going.wait()
    return came
