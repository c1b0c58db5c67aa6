# why: no ring: chunks straight to their owners, sums straight back to everybody

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    edges = [len(x) * i // world_size for i in range(world_size + 1)]
    pieces = [x[a:b].contiguous() for a, b in zip(edges, edges[1:])]
    stack = torch.zeros(world_size, len(pieces[rank]), dtype=x.dtype)
    stack[rank] = pieces[rank]
    rest = [r for r in range(world_size) if r != rank]
    works = [dist.isend(pieces[r], r, tag=0) for r in rest] + [dist.irecv(stack[r], r, tag=0) for r in rest]
    for work in works:
        work.wait()
    pieces[rank] = stack.sum(dim=0)
    for r in rest:
        pieces[r] = torch.empty_like(pieces[r])
    works = [dist.isend(pieces[rank], r, tag=1) for r in rest] + [dist.irecv(pieces[r], r, tag=1) for r in rest]
    for work in works:
        work.wait()
    return torch.cat(pieces)
