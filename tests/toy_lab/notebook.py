# %% [markdown] lang="en"
# # A softmax over two devices
#
# | Section | Points |
# |---|---|
# | 1. Softmax | 4 |
# | **All** | **4** |

# %% [markdown] lang="ru" of="0f036276"
# # Softmax на двух устройствах
#
# | Раздел | Баллы |
# |---|---|
# | 1. Softmax | 4 |
# | **Всего** | **4** |

# %% given="data"
import torch

rows, width, classes = 4, 64, 40
torch.manual_seed(0)
X, gate = torch.randn(rows, width), torch.randn(classes, width)

# %% [markdown] lang="en"
# ## 1. Softmax (4 points)
#
# Cut `gate` over two devices by classes: `gate_gpu1`, `gate_gpu2`.

# %% [markdown] lang="ru" of="0cfcba61"
# ## 1. Softmax (4 балла)
#
# Разбейте `gate` на два устройства по классам: `gate_gpu1`, `gate_gpu2`.

# %% task="softmax.shard"
# %%task softmax.shard
### BEGIN SOLUTION
half = gate.shape[0] // 2
gate_gpu1, gate_gpu2 = gate[:half].clone(), gate[half:].clone()
### END SOLUTION

# %% check="softmax.shard"

# %% [markdown] lang="en"
# `P = softmax(X @ gate.T)`: each device makes its own columns, `P_gpu1` and `P_gpu2`. For each row only the largest
# logit and the sum cross.

# %% [markdown] lang="ru" of="74afdb79"
# `P = softmax(X @ gate.T)`: каждое устройство считает свои столбцы, `P_gpu1` и `P_gpu2`. Для каждой строки передаются
# только наибольший логит и сумма.

# %% task="softmax.forward"
# %%task softmax.forward
### BEGIN SOLUTION
logits_gpu1, logits_gpu2 = X @ gate_gpu1.T, X @ gate_gpu2.T
largest = torch.maximum(logits_gpu1.amax(1, keepdim=True), logits_gpu2.amax(1, keepdim=True))
powers_gpu1, powers_gpu2 = (logits_gpu1 - largest).exp(), (logits_gpu2 - largest).exp()
total = powers_gpu1.sum(1, keepdim=True) + powers_gpu2.sum(1, keepdim=True)
P_gpu1, P_gpu2 = powers_gpu1 / total, powers_gpu2 / total
### END SOLUTION

# %% check="softmax.forward"
