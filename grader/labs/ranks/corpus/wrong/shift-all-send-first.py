# loses: ring.shift
# mistake: none
# says: waits in send
# why: all ranks send first, and a send waits for its receiver (nccl#479, pytorch#11275)

# %% ring.shift
def shift(rank, world_size, x):
    if world_size == 1:
        return x.clone()
    came = torch.empty_like(x)
    dist.send(x, (rank + 1) % world_size)
    dist.recv(came, (rank - 1) % world_size)
    return came
