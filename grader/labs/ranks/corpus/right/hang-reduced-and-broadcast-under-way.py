# why: reduce and broadcast with handles, a barrier that nobody needs

# %% debug.hang
def centred(rank, world_size, x, n):
    total = torch.ones_like(x) @ x
    dist.barrier()
    dist.reduce(total, dst=0, async_op=True).wait()
    work = dist.broadcast(total, src=0, async_op=True)
    shares = x * n
    work.wait()
    return (shares - total) / n
