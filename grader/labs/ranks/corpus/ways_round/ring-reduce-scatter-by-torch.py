# loses: ring.reduce_scatter
# says: reduce_scatter is not for this task
# why: torch's own reduce_scatter

# %% ring.reduce_scatter
def reduce_scatter(rank, world_size, x):
    edges = [len(x) * i // world_size for i in range(world_size + 1)]
    parts = [x[a:b].contiguous() for a, b in zip(edges, edges[1:])]
    own = torch.empty_like(parts[rank])
    dist.reduce_scatter(own, parts)
    return own
