# why: messages from each to each, receives first

# %% debug.hang
def centred(rank, world_size, x, n):
    own = x.sum()
    came = {other: torch.empty_like(own) for other in range(world_size) if other != rank}
    works = [dist.irecv(number, other) for other, number in came.items()]
    works += [dist.isend(own, other) for other in came]
    [work.wait() for work in works]
    return x - (own + sum(came.values())) / n
