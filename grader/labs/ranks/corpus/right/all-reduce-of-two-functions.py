# why: reduce-scatter and all-gather as functions of an earlier cell

# %% before
import torch
import torch.distributed as dist


def chunk_of(t, i, ranks):
    i %= ranks
    return t[t.numel() * i // ranks : t.numel() * (i + 1) // ranks]


def swap(out, into, rank, ranks):
    works = dist.batch_isend_irecv(
        [dist.P2POp(dist.isend, out, (rank + 1) % ranks), dist.P2POp(dist.irecv, into, (rank - 1) % ranks)]
    )
    for work in works:
        work.wait()


def scattered(t, rank, ranks):
    t = t.clone()
    for step in range(1, ranks):
        into = chunk_of(t, rank - step - 1, ranks)
        came = torch.empty_like(into)
        swap(chunk_of(t, rank - step, ranks), came, rank, ranks)
        into += came
    return t


def gathered(t, rank, ranks):
    for step in range(ranks - 1):
        swap(chunk_of(t, rank - step, ranks), chunk_of(t, rank - step - 1, ranks), rank, ranks)
    return t

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    return gathered(scattered(x, rank, world_size), rank, world_size)
