# loses: ring.shift
# mistake: no-ring
# why: the last rank does not send to the first

# %% ring.shift
def shift(rank, world_size, x):
    came = x.clone()
    works = []
    if rank < world_size - 1:
        works.append(dist.isend(x, rank + 1))
    if rank > 0:
        works.append(dist.irecv(came, rank - 1))
    for work in works:
        work.wait()
    return came
