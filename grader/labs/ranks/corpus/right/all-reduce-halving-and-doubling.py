# why: recursive halving, then doubling, where the ranks are a power of two; the two given functions elsewhere

# %% ring.all_reduce
def all_reduce(rank, world_size, x):
    n = len(x)
    if world_size & (world_size - 1):
        return all_gather(rank, world_size, reduce_scatter(rank, world_size, x), n)
    cut = lambda i: n * i // world_size
    total, lo, hi, halves = x.clone(), 0, world_size, []
    while hi - lo > 1:
        middle, half = (lo + hi) // 2, (hi - lo) // 2
        low = rank < middle
        partner = rank + half if low else rank - half
        keep, give = ((lo, middle), (middle, hi)) if low else ((middle, hi), (lo, middle))
        came = x.new_empty(cut(keep[1]) - cut(keep[0]))
        going = dist.isend(total[cut(give[0]) : cut(give[1])].clone(), partner)
        dist.recv(came, partner)
        going.wait()
        total[cut(keep[0]) : cut(keep[1])] += came
        halves.append((partner, keep, give))
        lo, hi = keep
    for partner, keep, give in reversed(halves):
        came = x.new_empty(cut(give[1]) - cut(give[0]))
        going = dist.isend(total[cut(keep[0]) : cut(keep[1])].clone(), partner)
        dist.recv(came, partner)
        going.wait()
        total[cut(give[0]) : cut(give[1])] = came
    return total
