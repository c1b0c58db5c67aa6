# loses: debug.hang
# mistake: none
# says: rank 0 calls reduce
# why: rank 0 reduces and then broadcasts, the others broadcast and then reduce (nccl#296)

# %% debug.hang
def centred(rank, world_size, x, n):
    total = x.sum()
    if rank == 0:
        dist.reduce(total, dst=0)
        dist.broadcast(total, src=0)
    else:
        own = total.clone()
        dist.broadcast(total, src=0)
        dist.reduce(own, dst=0)
    return x - total / n
