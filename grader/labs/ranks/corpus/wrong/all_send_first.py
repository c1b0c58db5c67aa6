# loses: ring.shift
# mistake: none
# says: waits in send
# why: every rank sends first, and nobody receives

# %% ring.shift
def shift(rank, world_size, x):
    received = torch.empty_like(x)
    if world_size > 1:
        dist.send(x, (rank + 1) % world_size)
        dist.recv(received, (rank - 1) % world_size)
        return received
    return x
