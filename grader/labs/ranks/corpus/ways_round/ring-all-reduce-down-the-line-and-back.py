# loses: ring.all_reduce
# says: are enough
# why: the sum along the line to the last rank and back: n numbers each way, where chunks would do

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    total = x.clone()
    if rank > 0:
        before = torch.empty_like(x)
        dist.recv(before, rank - 1)
        total = before + total
    if rank < world_size - 1:
        dist.send(total, rank + 1)
        dist.recv(total, rank + 1)
    if rank > 0:
        dist.send(total, rank - 1)
    return total
