# why: received straight into slices of the result

# %% ring.all_gather
def all_gather(rank, world_size, chunk, n):
    whole = torch.empty(n, dtype=chunk.dtype)
    views = [whole[n * i // world_size : n * (i + 1) // world_size] for i in range(world_size)]
    views[rank].copy_(chunk)
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    current = rank
    for _ in range(world_size - 1):
        coming = (current - 1) % world_size
        works = dist.batch_isend_irecv(
            [dist.P2POp(dist.irecv, views[coming], left), dist.P2POp(dist.isend, views[current], right)]
        )
        [work.wait() for work in works]
        current = coming
    return whole
