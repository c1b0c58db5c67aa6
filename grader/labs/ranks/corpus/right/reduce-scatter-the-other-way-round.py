# why: the ring runs to the left

# %% ring.reduce_scatter
def reduce_scatter(rank, world_size, x):
    n = x.numel()
    bounds = [(n * i // world_size, n * (i + 1) // world_size) for i in range(world_size)]
    work = x.clone()
    for step in range(1, world_size):
        lo, hi = bounds[(rank + step) % world_size]
        a, b = bounds[(rank + step + 1) % world_size]
        incoming = x.new_empty(b - a)
        receive = dist.irecv(incoming, src=(rank + 1) % world_size)
        dist.send(work[lo:hi], dst=(rank - 1) % world_size)
        receive.wait()
        work[a:b] += incoming
    lo, hi = bounds[rank]
    return work[lo:hi].clone()
