# why: fp32: kthvalue, cummax, fmax

# %% fp32.experiment

def q1(d): return d.abs().flatten().kthvalue(d.numel()).values
def q2(d): return torch.cummax(d.abs().flatten(), 0)[0][-1]
def q3(d): return torch.fmax(d.max(), d.min().neg())
ways = [q1, q2, q3] * 2
max_diff = {q: torch.stack([w(row_run[n][q] - linear_run[n][q]) for n in in_chs]) for q, w in zip(quantities, ways)}
