# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] lang="en"
# # Tensor parallelism of a linear layer, by hand
#
# {{buttons}}
#
# A layer that doesn't fit on one device is cut into shards, and each device computes with its own
# shard alone. In this lab you take one step of training (forward, backward, SGD) of a linear layer
# four times: with `nn.Linear`, by hand on one device, and cut over two devices in two ways,
# column-wise and row-wise, as in Megatron-LM (arXiv 1909.08053). The devices are played by
# variables: whatever is called `*_gpu1` lies on device 1, whatever is called `*_gpu2` lies on
# device 2.
#
# **After this lab you can**
#
# - write the forward and the backward pass of a linear layer without autograd;
# - cut a layer column-wise and row-wise and say which collective each pass needs, and what it
#   moves;
# - train the cut layer without the full matrix ever appearing on a device;
# - find out, by measuring, where a difference in the last digits of fp32 comes from.
#
# | Section | Points | Minutes |
# |---|---|---|
# | 0. Setup | – | 5 |
# | 1. The reference: `nn.Linear` | 2 | 10 |
# | 2. The same step by hand | 4 | 15 |
# | 3. Column-wise tensor parallelism | 6 | 25 |
# | 4. Row-wise tensor parallelism | 6 | 25 |
# | 5. Where the fp32 difference comes from | 2 | 20 |
# | **All** | **20** | **100** |
#
# **The rule of the course.** The full matrix of weights never appears on any device at any moment
# of forward and backward, and neither does its full gradient. Only activations and their gradients
# cross between devices; the shards of `W` and `dW` stay where they are (`b` and `db`, small as they are,
# may cross, but never need to).
#
# **How the notebook works**
#
# - Your code goes into the cells that begin with `%%task name`. Keep that line and replace
#   `raise NotImplementedError()`. The cell below it, `check("name")` (it can't be edited), tells
#   you at once whether the task is done and, if it isn't, what was expected and what came. In
#   sections 3 and 4 it also draws what your code did: how much of `W` each device held, what crossed
#   between them, and what lies where. The numbers in its messages come from other data of the same
#   sizes. It judges what the task is there to make; helpers in the tables (`part_size`, `Y_gpu1`, ...)
#   it doesn't ask for, but the notebook's given cells may.
# - Each such cell must be complete: it may use what section 0 gives and what the earlier tasks of
#   its own section made, but not what you tried out in other cells.
# - When your work is graded, the same cells are run again with other numbers, other sizes (odd ones
#   too) and another `lr`. So write `in_ch`, `out_ch`, `part_size`, `lr`, never 1024, 608, 304 or
#   0.3.
# - A task changes none of the tensors that it is given, except the shards that an update is there
#   to update.
# - Compute with torch, at most 20,000 operations a cell: a loop over rows is fine, one over single numbers
#   isn't. The check follows torch's operations, and not what goes through numpy or `.item()`.
# - `check` gives each task right inputs, whatever came of the tasks before it: one mistake costs one
#   task. So a ✓ may stand under a cell that failed in the notebook because an earlier one isn't done.
#
# - *Restart Kernel and Run All* goes from top to bottom at any time: a task that isn't solved yet says
#   so (○) and the notebook goes on; it stops at the first one that is wrong (✗).
#
# **The first cell below** loads the course. If this kernel doesn't have it, the cell says what to do.

# %% [markdown] lang="ru" of="c54a23cf"
# # Тензорный параллелизм линейного слоя своими руками
#
# {{buttons}}
#
# Слой, который не помещается на одно устройство, разбивают на шарды, и каждое устройство считает
# только со своим шардом. В этой работе вы четыре раза сделаете один и тот же шаг обучения линейного
# слоя (прямой проход, обратный проход, SGD): с помощью `nn.Linear`, вручную на одном устройстве и
# на двух устройствах двумя способами — по столбцам (column-wise) и по строкам (row-wise), как в
# Megatron-LM (arXiv 1909.08053). Роль устройств играют имена переменных: всё, что называется
# `*_gpu1`, лежит на устройстве 1, всё, что называется `*_gpu2`, — на устройстве 2.
#
# **После этой работы вы сможете**
#
# - написать прямой и обратный проход линейного слоя без autograd;
# - разбить слой по столбцам и по строкам и сказать, какая коллективная операция нужна в каждом
#   проходе и что она передаёт;
# - обучать разбитый слой так, чтобы полная матрица не появлялась ни на одном устройстве;
# - измерениями выяснить, откуда берётся расхождение в последних цифрах fp32.
#
# | Раздел | Баллы | Минуты |
# |---|---|---|
# | 0. Подготовка | – | 5 |
# | 1. Эталон: `nn.Linear` | 2 | 10 |
# | 2. Тот же шаг вручную | 4 | 15 |
# | 3. Тензорный параллелизм по столбцам | 6 | 25 |
# | 4. Тензорный параллелизм по строкам | 6 | 25 |
# | 5. Откуда берётся расхождение в fp32 | 2 | 20 |
# | **Всего** | **20** | **100** |
#
# **Правило курса.** В прямом и обратном проходе полная матрица весов ни в какой момент не
# появляется ни на одном устройстве; полный градиент весов — тоже. Между устройствами передаются
# только активации и их градиенты, а шарды `W` и `dW` остаются на своих местах (`b` и `db` малы, их
# передавать можно, но не нужно).
#
# **Как устроен ноутбук**
#
# - Ваш код пишется в ячейках, которые начинаются со строки `%%task имя`. Эту строку оставьте, а
#   `raise NotImplementedError()` замените своим решением. Следующая за ней ячейка `check("имя")`
#   (менять её нельзя) сразу скажет, решено ли задание, а если нет — что ожидалось и что получилось.
#   В разделах 3 и 4 она ещё и рисует, что сделал ваш код: сколько чисел `W` держало каждое устройство,
#   что передавалось между ними и что где лежит. Числа в её сообщениях взяты с других данных тех же
#   размеров. Судит она о том, ради чего задание и дано; вспомогательных имён из таблиц (`part_size`,
#   `Y_gpu1`, …) она не требует, но они могут понадобиться готовым ячейкам ноутбука.
# - Каждая такая ячейка должна быть законченной: в ней можно пользоваться тем, что задано в разделе
#   0, и тем, что получено в предыдущих заданиях этого же раздела, но не тем, что вы пробовали в
#   других ячейках.
# - При проверке те же ячейки запускаются с другими числами, другими размерами (в том числе
#   нечётными) и другим `lr`. Поэтому пишите `in_ch`, `out_ch`, `part_size`, `lr`, а не 1024, 608,
#   304 и 0.3.
# - Задание не меняет тензоры, которые ему даны; исключение — шарды, которые и нужно обновить.
# - Считайте операциями torch, не больше 20 000 на ячейку: цикл по строкам годится, цикл по отдельным
#   числам — нет. Проверка следит за операциями torch, а не за тем, что прошло через numpy или `.item()`.
# - `check` даёт каждому заданию верные входные данные, что бы ни получилось в предыдущих: одна ошибка
#   стоит одного задания. Поэтому ✓ может стоять и под ячейкой, которая в ноутбуке завершилась ошибкой
#   только потому, что не решено одно из предыдущих заданий.
#
# - *Restart Kernel and Run All* можно выполнить в любой момент: нерешённое задание так и скажет (○), и
#   ноутбук пойдёт дальше; на первом неверном (✗) он остановится.
#
# **Первая ячейка ниже** загружает курс. Если в этом ядре его нет, она скажет, что делать.

# %% [markdown] lang="en"
# ## 0. Setup
#
# These cells are given and locked. To try other parameters, add a cell of your own between the
# parameters and the data, for example `in_ch, out_ch, lr = 55, 43, 0.05`, and run it and everything
# below it again; the points don't depend on them.

# %% [markdown] lang="ru" of="3bbaf58b"
# ## 0. Подготовка
#
# Эти ячейки даны, менять их нельзя. Чтобы попробовать другие параметры, добавьте свою ячейку между
# параметрами и данными, например `in_ch, out_ch, lr = 55, 43, 0.05`, и запустите заново её и всё, что
# ниже; на баллы это не влияет.

# %% given="setup"
import torch
import torch.nn as nn

# %% given="parameters" tags=["parameters"]
lr = 0.3
batch_size = 32
in_ch = 1024
out_ch = 608
seed = 0
device = "cuda" if torch.cuda.is_available() else "cpu"

# %% given="data"
torch.set_default_device(device)
torch.manual_seed(seed)

Y_gt = torch.randn(batch_size, out_ch)

X = torch.randn(batch_size, in_ch)
W = torch.randn(out_ch, in_ch)
b = torch.randn(1, out_ch)

# %% [markdown] lang="en" attach="reference-step"
# ## 1. The reference: `nn.Linear`
#
# ![One SGD step of nn.Linear: from X, W and b to Y_pred, then to dX_torch, dW_torch, db_torch and the new weights](attachment:reference-step.svg)
#
# Everything that follows is compared with what PyTorch itself does, so the first thing to make is
# that reference. The loss is the mean squared error over **all** `batch_size * out_ch` numbers.
#
# ### 1.1 `reference.step` (2 points)
#
# Make `linear`, an `nn.Linear` whose weight and bias are *copies* of `W` and `b` (the layer must
# not share memory with them: the step would change them), and an SGD `optimizer` with the learning
# rate `lr`. Take one step: forward of `X_t`, a copy of `X` that requires a gradient, then the loss,
# then backward. Keep clones of the three gradients before `optimizer.step()` and leave `linear`
# with the new weights.
#
# | Name | Shape | Here |
# |---|---|---|
# | `X_t`, `dX_torch` | `(batch_size, in_ch)` | (32, 1024) |
# | `Y_pred` | `(batch_size, out_ch)` | (32, 608) |
# | `loss` | `()` | a single number |
# | `dW_torch`, `linear.weight` | `(out_ch, in_ch)` | (608, 1024) |
# | `db_torch`, `linear.bias` | `(out_ch,)` | (608,) |

# %% [markdown] lang="ru" of="883d256b" attach="reference-step"
# ## 1. Эталон: `nn.Linear`
#
# ![Один шаг SGD слоя nn.Linear: из X, W и b получается Y_pred, затем dX_torch, dW_torch, db_torch и новые веса](attachment:reference-step.svg)
#
# Дальше всё сравнивается с тем, что делает сам PyTorch, поэтому сначала получим этот эталон.
# Функция потерь — средний квадрат ошибки по **всем** `batch_size * out_ch` числам.
#
# ### 1.1 `reference.step` (2 балла)
#
# Создайте `linear` — слой `nn.Linear`, в который *скопированы* `W` и `b` (общей памяти с ними быть
# не должно: шаг изменил бы их), — и оптимизатор SGD `optimizer` со скоростью обучения `lr`.
# Сделайте один шаг: прямой проход по `X_t` (это копия `X`, для которой нужен градиент), затем loss,
# затем backward. Сохраните копии трёх градиентов до вызова `optimizer.step()`; в `linear` должны
# остаться новые веса.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `X_t`, `dX_torch` | `(batch_size, in_ch)` | (32, 1024) |
# | `Y_pred` | `(batch_size, out_ch)` | (32, 608) |
# | `loss` | `()` | одно число |
# | `dW_torch`, `linear.weight` | `(out_ch, in_ch)` | (608, 1024) |
# | `db_torch`, `linear.bias` | `(out_ch,)` | (608,) |

# %% task="reference.step"
# %%task reference.step
### BEGIN SOLUTION
# ru: Линейный слой для сравнения
# en: The linear layer to compare with
linear = nn.Linear(in_ch, out_ch)
with torch.no_grad():
    linear.weight.copy_(W.clone())
    linear.bias.copy_(b.squeeze().clone())

optimizer = torch.optim.SGD(linear.parameters(), lr=lr)

X_t = X.clone().requires_grad_(True)
Y_pred = linear(X_t)

loss = ((Y_pred - Y_gt) ** 2).mean()
loss.backward()

# ru: Градиенты для проверки
# en: The gradients to check against
dX_torch = X_t.grad.clone()
dW_torch = linear.weight.grad.clone()
db_torch = linear.bias.grad.clone()

optimizer.step()
### END SOLUTION

# %% check="reference.step"
check("reference.step")
### BEGIN HIDDEN TESTS
exam("reference.step")
### END HIDDEN TESTS

# %% [markdown] lang="en" attach="manual-step"
# ## 2. The same step by hand
#
# ![The same step by hand: from X, W and b to Y, then dY, then dX, dW and db, then W_manual and b_manual](attachment:manual-step.svg)
#
# Now the same step from the formulas, without an optimizer, still on one device. (Autograd would pass
# the check here, but not teach you the formulas that the next sections cut in two.)
#
# ### 2.1 `manual.forward` (1 point)
#
# Compute the output of the layer: the product of `X` with the transposed `W`, plus the bias. Use
# `X`, `W` and `b` only, neither `linear` nor what it computed.
#
# | Name | Shape | Here |
# |---|---|---|
# | `Y` | `(batch_size, out_ch)` | (32, 608) |

# %% [markdown] lang="ru" of="a7c392d1" attach="manual-step"
# ## 2. Тот же шаг вручную
#
# ![Тот же шаг вручную: из X, W и b получается Y, затем dY, затем dX, dW и db, затем W_manual и b_manual](attachment:manual-step.svg)
#
# Теперь тот же шаг по формулам, без оптимизатора, пока ещё на одном устройстве. (Проверку прошло бы и
# решение с autograd, но оно не научит формулам, которые дальше придётся разбивать на две части.)
#
# ### 2.1 `manual.forward` (1 балл)
#
# Вычислите выход слоя: произведение `X` на транспонированную матрицу `W` плюс смещение. Используйте
# только `X`, `W` и `b`, но не `linear` и не то, что он посчитал.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `Y` | `(batch_size, out_ch)` | (32, 608) |

# %% task="manual.forward"
# %%task manual.forward
### BEGIN SOLUTION
# ru: Обычная реализация прямого прохода линейного слоя
# en: The ordinary forward pass of a linear layer
Y = X @ W.T + b
### END SOLUTION

# %% check="manual.forward"
check("manual.forward")
### BEGIN HIDDEN TESTS
exam("manual.forward")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ### 2.2 `manual.dY` (1 point)
#
# Compute the gradient of the loss with respect to `Y`. The loss is the mean over all
# `batch_size * out_ch` numbers, so both the factor 2 of the square and the divisor of the mean
# belong in it.
#
# | Name | Shape | Here |
# |---|---|---|
# | `dY` | `(batch_size, out_ch)` | (32, 608) |

# %% [markdown] lang="ru" of="9f3d0dfb"
# ### 2.2 `manual.dY` (1 балл)
#
# Вычислите градиент функции потерь по `Y`. Она усредняется по всем `batch_size * out_ch` числам,
# поэтому в градиент входят и двойка от квадрата, и делитель от среднего.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `dY` | `(batch_size, out_ch)` | (32, 608) |

# %% task="manual.dY"
# %%task manual.dY
### BEGIN SOLUTION
# ru: По аналогии с тем, как получаются градиенты MSE,
# ru: чтобы было совпадение с линейным слоем torch-а
# en: The way the gradient of MSE comes out,
# en: so that it matches torch's linear layer
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)
### END SOLUTION

# %% check="manual.dY"
check("manual.dY")
### BEGIN HIDDEN TESTS
exam("manual.dY")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ### 2.3 `manual.gradients` (1 point)
#
# Send `dY` back through the layer: to its input, its weights and its bias. `dX` isn't needed for
# the update of a single layer, but a layer in front of it would need it, so it is part of every
# section. Keep to the shapes below: `dW` is transposed here, input channels first.
#
# | Name | Shape | Here |
# |---|---|---|
# | `dX` | `(batch_size, in_ch)` | (32, 1024) |
# | `dW` | `(in_ch, out_ch)` | (1024, 608) |
# | `db` | `(out_ch,)` | (608,) |

# %% [markdown] lang="ru" of="a3c43dfb"
# ### 2.3 `manual.gradients` (1 балл)
#
# Проведите `dY` через слой назад: ко входу, к весам и к смещению. Чтобы обновить единственный слой,
# `dX` не нужен, но он понадобился бы предыдущему слою, поэтому его считают в каждом разделе.
# Следите за размерами: `dW` здесь транспонирован, сначала идут входные каналы.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `dX` | `(batch_size, in_ch)` | (32, 1024) |
# | `dW` | `(in_ch, out_ch)` | (1024, 608) |
# | `db` | `(out_ch,)` | (608,) |

# %% task="manual.gradients"
# %%task manual.gradients
### BEGIN SOLUTION
# ru: в текущем пайплайне вычислять dX особо смысла нет,
# ru: т.к. блок один и градиент передавать не надо
# en: in this pipeline dX isn't really needed:
# en: there is one block, so no gradient to hand on
dX = dY @ W
dW = X.T @ dY
db = dY.sum(dim=0)
### END SOLUTION

print("dX: ", dX.shape, ", dW: ", dW.shape, ", db: ", db.shape)

# %% check="manual.gradients"
check("manual.gradients")
### BEGIN HIDDEN TESTS
exam("manual.gradients")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ### 2.4 `manual.update` (1 point)
#
# Take the SGD step with the learning rate `lr`. The results are **new** tensors: `W` and `b` must
# stay as they were, the next sections begin with them. Mind that `dW` is transposed and that `b`
# has two dimensions.
#
# | Name | Shape | Here |
# |---|---|---|
# | `W_manual` | `(out_ch, in_ch)` | (608, 1024) |
# | `b_manual` | `(1, out_ch)` | (1, 608) |

# %% [markdown] lang="ru" of="586dd148"
# ### 2.4 `manual.update` (1 балл)
#
# Сделайте шаг SGD со скоростью обучения `lr`. Результаты — **новые** тензоры: `W` и `b` должны
# остаться прежними, с них начинаются следующие разделы. Учтите, что `dW` транспонирован, а у `b`
# два измерения.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `W_manual` | `(out_ch, in_ch)` | (608, 1024) |
# | `b_manual` | `(1, out_ch)` | (1, 608) |

# %% task="manual.update"
# %%task manual.update
### BEGIN SOLUTION
W_manual = W - lr * dW.T
b_manual = b - lr * db.unsqueeze(dim=0)
### END SOLUTION

# %% check="manual.update"
check("manual.update")
### BEGIN HIDDEN TESTS
exam("manual.update")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# Does the layer written by hand behave as `torch.nn.Linear` does? The last line compares what is
# easily forgotten: the output and the gradient of the input.

# %% [markdown] lang="ru" of="67f1bd22"
# Ведёт ли себя написанный вручную слой так же, как `torch.nn.Linear`? В последней строке
# сравнивается то, о чём легко забыть: выход слоя и градиент по входу.

# %% given="manual.compare"
# %%after reference manual
print(f"\nIs weights matching nn.Linear: {torch.allclose(W_manual, linear.weight, atol=1e-6)}")
print(f"Is bias matching nn.Linear:    {torch.allclose(b_manual, linear.bias.unsqueeze(0), atol=1e-6)}")
print(f"Is grad W matching nn.Linear:  {torch.allclose(dW.T, dW_torch, atol=1e-6)}")
print(f"Is grad b matching nn.Linear:  {torch.allclose(db.squeeze(), db_torch, atol=1e-6)}")
print(f"Max diff: Y {(Y - Y_pred).abs().max():.1e}, dX {(dX - dX_torch).abs().max():.1e}")

# %% [markdown] lang="en" attach="column-forward column-backward"
# ## 3. Column-wise tensor parallelism
#
# ![Column-wise, forward: X is broadcast, each device computes its half of the output channels, an all-gather joins Y](attachment:column-forward.svg)
#
# The output channels are divided between the devices. PyTorch stores `W` as `(out_ch, in_ch)` and
# multiplies by `W.T`, so the *columns* of `W.T` that are divided here are the *rows* of `W` as it
# is stored. Each device computes its own columns of `Y`; the **all-gather** (every device sends its
# piece, every device ends up with all the pieces, joined) makes `Y` whole.
#
# ![Column-wise, backward: each device works with its columns of dY, an all-reduce sums dX, the gradients of the weights stay](attachment:column-backward.svg)
#
# On the way back each device takes its own columns of `dY`. Every input channel fed *both* halves
# of the outputs, so each device has only a part of the sum for `dX`: the **all-reduce** (the
# devices' tensors are added, every device gets the sum) completes it. The gradients of the weights
# go nowhere.
#
# ### 3.1 `column.shard` (1 point)
#
# Cut `W` and `b` into two shards along the output channels and give each device a copy of `X`
# (**broadcast**: one device's tensor is sent to all). Device 1 gets the first
# `part_size = out_ch // 2` channels, device 2 the rest: one more when `out_ch` is odd (the check
# also accepts it on device 1, as `chunk` cuts, if `W` and `b` are cut alike). Each of the
# six tensors must have memory of its own: a view would keep all of `W` alive on the device.
#
# | Name | Shape | Here |
# |---|---|---|
# | `part_size` | an integer | 304 |
# | `W_gpu1` | `(part_size, in_ch)` | (304, 1024) |
# | `W_gpu2` | `(out_ch - part_size, in_ch)` | (304, 1024) |
# | `b_gpu1` | `(1, part_size)` | (1, 304) |
# | `b_gpu2` | `(1, out_ch - part_size)` | (1, 304) |
# | `X_gpu1`, `X_gpu2` | `(batch_size, in_ch)` | (32, 1024) |

# %% [markdown] lang="ru" of="0ae6acc9" attach="column-forward column-backward"
# ## 3. Тензорный параллелизм по столбцам (column-wise)
#
# ![По столбцам, прямой проход: broadcast рассылает X, каждое устройство считает свою половину выходных каналов, all-gather собирает Y](attachment:column-forward.svg)
#
# Между устройствами делятся выходные каналы. PyTorch хранит `W` в виде `(out_ch, in_ch)` и умножает
# на `W.T`, поэтому *столбцы* `W.T`, которые здесь делятся, — это *строки* матрицы `W` в том виде, в
# каком она хранится. Каждое устройство считает свои столбцы `Y`, а **all-gather** (каждое
# устройство отдаёт свой кусок, и у каждого оказываются все куски, собранные вместе) даёт полный
# `Y`.
#
# ![По столбцам, обратный проход: каждое устройство работает со своими столбцами dY, all-reduce складывает dX, градиенты весов остаются на месте](attachment:column-backward.svg)
#
# В обратном проходе каждое устройство берёт свои столбцы `dY`. Каждый входной канал участвовал в
# *обеих* половинах выходов, поэтому у каждого устройства есть лишь часть суммы для `dX`; завершает
# её **all-reduce** (тензоры устройств складываются, и сумму получает каждое). Градиенты весов
# никуда не передаются.
#
# ### 3.1 `column.shard` (1 балл)
#
# Разбейте `W` и `b` на два шарда по выходным каналам и передайте каждому устройству копию `X`
# (**broadcast**: тензор одного устройства рассылается всем). Устройству 1 достаются первые
# `part_size = out_ch // 2` каналов, устройству 2 — остальные: при нечётном `out_ch` на один больше
# (проверка примет лишний канал и на устройстве 1, как режет `chunk`, если `W` и `b` разбиты одинаково).
# У каждого из шести тензоров должна быть собственная память: view удерживал бы на устройстве всю
# `W`.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `part_size` | целое число | 304 |
# | `W_gpu1` | `(part_size, in_ch)` | (304, 1024) |
# | `W_gpu2` | `(out_ch - part_size, in_ch)` | (304, 1024) |
# | `b_gpu1` | `(1, part_size)` | (1, 304) |
# | `b_gpu2` | `(1, out_ch - part_size)` | (1, 304) |
# | `X_gpu1`, `X_gpu2` | `(batch_size, in_ch)` | (32, 1024) |

# %% task="column.shard"
# %%task column.shard
### BEGIN SOLUTION
# ru: Разбиваем на два устройства (на шарды)
# en: Divide between two devices (into shards)
part_size = W.shape[0] // 2

W_gpu1 = W[:part_size, :].clone()
W_gpu2 = W[part_size:, :].clone()
b_gpu1 = b[:, :part_size].clone()
b_gpu2 = b[:, part_size:].clone()

# broadcast
X_gpu1 = X.clone()
X_gpu2 = X.clone()
### END SOLUTION

print("Input shapes:")
print("W_gpu1: ", W_gpu1.shape,
      "\nW_gpu2: ", W_gpu2.shape,
      "\nb_gpu1: ", b_gpu1.shape,
      "\nb_gpu2: ", b_gpu2.shape,
      "\nX_gpu1: ", X_gpu1.shape,
      "\nX_gpu2: ", X_gpu2.shape,
     )

# %% check="column.shard"
check("column.shard")
### BEGIN HIDDEN TESTS
exam("column.shard")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ### 3.2 `column.forward` (2 points)
#
# Compute each device's part of the output from what lies on that device, then join the parts with
# an all-gather, for which `torch.cat` stands here. When your cells are checked, from this task to
# the end of the section `W` and everything computed from it in earlier sections no longer exist,
# and the full matrix must not come back.
#
# | Name | Shape | Here |
# |---|---|---|
# | `Y_gpu1` | `(batch_size, part_size)` | (32, 304) |
# | `Y_gpu2` | `(batch_size, out_ch - part_size)` | (32, 304) |
# | `Y` | `(batch_size, out_ch)` | (32, 608) |

# %% [markdown] lang="ru" of="fe0cf555"
# ### 3.2 `column.forward` (2 балла)
#
# Посчитайте на каждом устройстве его часть выхода, пользуясь только тем, что на нём лежит, и
# соедините части с помощью all-gather — здесь его роль играет `torch.cat`. При проверке, начиная с
# этого задания и до конца раздела, `W` и всего, что посчитано из неё в прошлых разделах, уже не
# существует, и полная матрица не должна появиться снова.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `Y_gpu1` | `(batch_size, part_size)` | (32, 304) |
# | `Y_gpu2` | `(batch_size, out_ch - part_size)` | (32, 304) |
# | `Y` | `(batch_size, out_ch)` | (32, 608) |

# %% task="column.forward"
# %%task column.forward
### BEGIN SOLUTION
# ru: считаем части предиктов для каждой части (на каждом device-е)
# en: each device computes its part of the predictions
Y_gpu1 = X_gpu1 @ W_gpu1.T + b_gpu1
Y_gpu2 = X_gpu2 @ W_gpu2.T + b_gpu2

# all_gather
Y = torch.cat((Y_gpu1, Y_gpu2), 1)
### END SOLUTION

# %% check="column.forward"
check("column.forward")
### BEGIN HIDDEN TESTS
exam("column.forward")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ### 3.3 `column.backward` (2 points)
#
# Compute `dY` from the gathered `Y` (every device has it), then each device's gradients from its
# own columns of `dY`. Only the two parts of `dX` cross between the devices: add them (all-reduce).
# Neither a full `dW` nor a full `W` may appear.
#
# | Name | Shape | Here |
# |---|---|---|
# | `dY` | `(batch_size, out_ch)` | (32, 608) |
# | `dX` | `(batch_size, in_ch)` | (32, 1024) |
# | `dW_gpu1` | `(in_ch, part_size)` | (1024, 304) |
# | `dW_gpu2` | `(in_ch, out_ch - part_size)` | (1024, 304) |
# | `db_gpu1` | `(part_size,)` | (304,) |
# | `db_gpu2` | `(out_ch - part_size,)` | (304,) |

# %% [markdown] lang="ru" of="fa5cfd09"
# ### 3.3 `column.backward` (2 балла)
#
# Посчитайте `dY` из собранного `Y` (он есть у каждого устройства), затем градиенты каждого
# устройства по его собственным столбцам `dY`. Между устройствами передаются только две части `dX`:
# сложите их (all-reduce). Ни полный `dW`, ни полная `W` появляться не должны.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `dY` | `(batch_size, out_ch)` | (32, 608) |
# | `dX` | `(batch_size, in_ch)` | (32, 1024) |
# | `dW_gpu1` | `(in_ch, part_size)` | (1024, 304) |
# | `dW_gpu2` | `(in_ch, out_ch - part_size)` | (1024, 304) |
# | `db_gpu1` | `(part_size,)` | (304,) |
# | `db_gpu2` | `(out_ch - part_size,)` | (304,) |

# %% task="column.backward"
# %%task column.backward
### BEGIN SOLUTION
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)

# ru: Считаем градиенты для шарда на каждой gpu
# en: The gradients of each gpu's shard
dX_gpu1 = dY[:, :part_size] @ W_gpu1
dX_gpu2 = dY[:, part_size:] @ W_gpu2
# ru: в текущем пайплайне вычислять dX особо смысла нет,
# ru: т.к. блок один и градиент передавать не надо
# en: in this pipeline dX isn't really needed:
# en: there is one block, so no gradient to hand on
dX = dX_gpu1 + dX_gpu2

dW_gpu1 = X_gpu1.T @ dY[:, :part_size]
dW_gpu2 = X_gpu2.T @ dY[:, part_size:]
db_gpu1 = dY[:, :part_size].sum(dim=0)
db_gpu2 = dY[:, part_size:].sum(dim=0)
### END SOLUTION

# %% check="column.backward"
check("column.backward")
### BEGIN HIDDEN TESTS
exam("column.backward")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ### 3.4 `column.update` (1 point)
#
# Update each device's shards of the weights and of the bias with that device's own gradients and
# the learning rate `lr`. The shards keep their names and shapes, and nothing crosses between the
# devices.
#
# | Name | Shape | Here |
# |---|---|---|
# | `W_gpu1`, `W_gpu2` | as in 3.1 | (304, 1024) |
# | `b_gpu1`, `b_gpu2` | as in 3.1 | (1, 304) |

# %% [markdown] lang="ru" of="6599fbe4"
# ### 3.4 `column.update` (1 балл)
#
# Обновите на каждом устройстве его шарды весов и смещения по его собственным градиентам со
# скоростью обучения `lr`. Имена и размеры шардов остаются прежними, между устройствами ничего не
# передаётся.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `W_gpu1`, `W_gpu2` | как в 3.1 | (304, 1024) |
# | `b_gpu1`, `b_gpu2` | как в 3.1 | (1, 304) |

# %% task="column.update"
# %%task column.update
### BEGIN SOLUTION
# ru: Обновление весов
# en: The update of the weights
W_gpu1 -= lr * dW_gpu1.T
W_gpu2 -= lr * dW_gpu2.T
b_gpu1 -= lr * db_gpu1.unsqueeze(dim=0)
b_gpu2 -= lr * db_gpu2.unsqueeze(dim=0)
### END SOLUTION

# %% check="column.update"
check("column.update")
### BEGIN HIDDEN TESTS
exam("column.update")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# The step is over. Only now, and only to compare, are the shards and their gradients joined.

# %% [markdown] lang="ru" of="e13f7690"
# Шаг закончен. Только теперь и только для сравнения объединим шарды и их градиенты.

# %% given="column.compare"
# %%after reference column
W_comb = torch.cat((W_gpu1, W_gpu2), 0)
b_comb = torch.cat((b_gpu1, b_gpu2), 1)
dW_comb = torch.cat((dW_gpu1, dW_gpu2), 1)
db_comb = torch.cat((db_gpu1, db_gpu2), 0)

print("\nW_comb: ", W_comb.shape,
      "\nb_comb: ", b_comb.shape,
      "\ndW_comb: ", dW_comb.shape,
      "\ndb_comb: ", db_comb.shape,
     )

print(f"\nIs weights matching nn.Linear: {torch.allclose(W_comb, linear.weight, atol=1e-6)}")
print(f"Is bias matching nn.Linear:    {torch.allclose(b_comb, linear.bias.unsqueeze(0), atol=1e-6)}")
print(f"Is grad W matching nn.Linear:  {torch.allclose(dW_comb.T, dW_torch, atol=1e-6)}")
print(f"Is grad b matching nn.Linear:  {torch.allclose(db_comb, db_torch, atol=1e-6)}")
print(f"Max diff: Y {(Y - Y_pred).abs().max():.1e}, dX {(dX - dX_torch).abs().max():.1e}")

# %% [markdown] lang="en" attach="row-forward row-backward"
# ## 4. Row-wise tensor parallelism
#
# ![Row-wise, forward: X is scattered, each device makes a partial sum of Y, an all-reduce adds them, then b is added once](attachment:row-forward.svg)
#
# Now the input channels are divided: the rows of `W.T`, that is, the columns of `W` as it is
# stored. Each device gets only its own input channels of `X` and computes a part of the sum for
# **every** number of `Y`. The all-reduce adds the two parts. The bias is added once, after the sum:
# added on each device before it, it would count twice.
#
# ![Row-wise, backward: each device uses all of dY with its own shards, an all-gather joins dX if it is needed whole](attachment:row-backward.svg)
#
# On the way back each device needs all of `dY`, and has it. It computes `dX` for its own input
# channels; they are joined (all-gather) only because we want to see `dX` whole. `db` comes out the
# same on both devices.
#
# ### 4.1 `row.shard` (1 point)
#
# Cut `W` along the input channels, give each device a whole copy of `b` and only its own input
# channels of `X` (**scatter**: each device gets its own piece). Device 1 gets the first
# `part_size = in_ch // 2` channels, device 2 the rest: one more when `in_ch` is odd (or device 1, if
# `W` and `X` are cut alike). The shards of
# `W` and both copies of `b` must have memory of their own; `X_gpu1` and `X_gpu2` may be views of
# `X`.
#
# | Name | Shape | Here |
# |---|---|---|
# | `part_size` | an integer | 512 |
# | `W_gpu1` | `(out_ch, part_size)` | (608, 512) |
# | `W_gpu2` | `(out_ch, in_ch - part_size)` | (608, 512) |
# | `b_gpu1`, `b_gpu2` | `(1, out_ch)` | (1, 608) |
# | `X_gpu1` | `(batch_size, part_size)` | (32, 512) |
# | `X_gpu2` | `(batch_size, in_ch - part_size)` | (32, 512) |

# %% [markdown] lang="ru" of="c865cec4" attach="row-forward row-backward"
# ## 4. Тензорный параллелизм по строкам (row-wise)
#
# ![По строкам, прямой проход: scatter раздаёт части X, каждое устройство считает частичную сумму Y, all-reduce их складывает, затем один раз прибавляется b](attachment:row-forward.svg)
#
# Теперь делятся входные каналы: строки `W.T`, то есть столбцы матрицы `W` в том виде, в каком она
# хранится. Каждое устройство получает только свои входные каналы `X` и считает часть суммы для
# **каждого** числа в `Y`. All-reduce складывает эти две части. Смещение прибавляется один раз,
# после суммирования: если прибавить его на каждом устройстве, оно войдёт в результат дважды.
#
# ![По строкам, обратный проход: каждому устройству нужен весь dY и свои шарды, all-gather собирает dX, если он нужен целиком](attachment:row-backward.svg)
#
# В обратном проходе каждому устройству нужен весь `dY`, и он у него есть. Устройство считает `dX`
# для своих входных каналов; собираем мы эти части (all-gather) только потому, что хотим увидеть
# `dX` целиком. `db` на обоих устройствах получается одинаковым.
#
# ### 4.1 `row.shard` (1 балл)
#
# Разбейте `W` по входным каналам, передайте каждому устройству полную копию `b` и только его
# входные каналы `X` (**scatter**: каждому устройству — свой кусок). Устройству 1 достаются первые
# `part_size = in_ch // 2` каналов, устройству 2 — остальные: при нечётном `in_ch` на один больше (или
# устройству 1, если `W` и `X` разбиты одинаково). У
# шардов `W` и обеих копий `b` должна быть собственная память; `X_gpu1` и `X_gpu2` могут быть view
# на `X`.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `part_size` | целое число | 512 |
# | `W_gpu1` | `(out_ch, part_size)` | (608, 512) |
# | `W_gpu2` | `(out_ch, in_ch - part_size)` | (608, 512) |
# | `b_gpu1`, `b_gpu2` | `(1, out_ch)` | (1, 608) |
# | `X_gpu1` | `(batch_size, part_size)` | (32, 512) |
# | `X_gpu2` | `(batch_size, in_ch - part_size)` | (32, 512) |

# %% task="row.shard"
# %%task row.shard
### BEGIN SOLUTION
# ru: Разбиваем на два устройства (на шарды)
# en: Divide between two devices (into shards)
part_size = W.shape[1] // 2

W_gpu1 = W[:, :part_size].clone()
W_gpu2 = W[:, part_size:].clone()

b_gpu1 = b.clone()
b_gpu2 = b.clone()

# scatter
X_gpu1 = X[:, :part_size]
X_gpu2 = X[:, part_size:]
### END SOLUTION

print("Input shapes:")
print("W_gpu1: ", W_gpu1.shape,
      "\nW_gpu2: ", W_gpu2.shape,
      "\nb_gpu1: ", b_gpu1.shape,
      "\nb_gpu2: ", b_gpu2.shape,
      "\nX_gpu1: ", X_gpu1.shape,
      "\nX_gpu2: ", X_gpu2.shape,
     )

# %% check="row.shard"
check("row.shard")
### BEGIN HIDDEN TESTS
exam("row.shard")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ### 4.2 `row.forward` (2 points)
#
# Compute each device's partial sum from what lies on that device, add the two (all-reduce) and add
# the bias once. As in 3.2, `W` and everything computed from it earlier no longer exist when the
# cell is checked, and the full matrix must not come back.
#
# | Name | Shape | Here |
# |---|---|---|
# | `Y_gpu1`, `Y_gpu2` | `(batch_size, out_ch)`, partial sums | (32, 608) |
# | `Y` | `(batch_size, out_ch)` | (32, 608) |

# %% [markdown] lang="ru" of="e1edfbe4"
# ### 4.2 `row.forward` (2 балла)
#
# Посчитайте на каждом устройстве его частичную сумму, пользуясь только тем, что на нём лежит,
# сложите обе суммы (all-reduce) и один раз прибавьте смещение. Как и в 3.2, при проверке `W` и
# всего, что было из неё посчитано, уже не существует, и полная матрица не должна появиться снова.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `Y_gpu1`, `Y_gpu2` | `(batch_size, out_ch)`, частичные суммы | (32, 608) |
# | `Y` | `(batch_size, out_ch)` | (32, 608) |

# %% task="row.forward"
# %%task row.forward
### BEGIN SOLUTION
# ru: считаем частичные суммы предиктов (на каждом device-е)
# en: each device computes its partial sum of the predictions
Y_gpu1 = X_gpu1 @ W_gpu1.T
Y_gpu2 = X_gpu2 @ W_gpu2.T

# all_reduce
Y = Y_gpu1 + Y_gpu2 + b
### END SOLUTION

# %% check="row.forward"
check("row.forward")
### BEGIN HIDDEN TESTS
exam("row.forward")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ### 4.3 `row.backward` (2 points)
#
# Compute `dY` from the summed `Y`, then the gradients of each device's shard, and join the two
# parts of `dX` (all-gather). Neither a full `dW` nor a full `W` may appear. This time `dW` has the
# orientation of `W` itself, output channels first.
#
# | Name | Shape | Here |
# |---|---|---|
# | `dY` | `(batch_size, out_ch)` | (32, 608) |
# | `dX` | `(batch_size, in_ch)` | (32, 1024) |
# | `dW_gpu1` | `(out_ch, part_size)` | (608, 512) |
# | `dW_gpu2` | `(out_ch, in_ch - part_size)` | (608, 512) |
# | `db` | `(out_ch,)` | (608,) |

# %% [markdown] lang="ru" of="e753e4c5"
# ### 4.3 `row.backward` (2 балла)
#
# Посчитайте `dY` по суммарному `Y`, затем градиенты шарда каждого устройства и соедините две части
# `dX` (all-gather). Ни полный `dW`, ни полная `W` появляться не должны. На этот раз `dW` расположен
# так же, как сама `W`: сначала идут выходные каналы.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `dY` | `(batch_size, out_ch)` | (32, 608) |
# | `dX` | `(batch_size, in_ch)` | (32, 1024) |
# | `dW_gpu1` | `(out_ch, part_size)` | (608, 512) |
# | `dW_gpu2` | `(out_ch, in_ch - part_size)` | (608, 512) |
# | `db` | `(out_ch,)` | (608,) |

# %% task="row.backward"
# %%task row.backward
### BEGIN SOLUTION
dY = 2 * (Y - Y_gt) / (X.shape[0] * out_ch)

dX_gpu1 = dY @ W_gpu1
dW_gpu1 = dY.T @ X_gpu1

dX_gpu2 = dY @ W_gpu2
dW_gpu2 = dY.T @ X_gpu2

# ru: в текущем пайплайне вычислять dX особо смысла нет,
# ru: т.к. блок один и градиент передавать не надо
# en: in this pipeline dX isn't really needed:
# en: there is one block, so no gradient to hand on
dX = torch.cat((dX_gpu1, dX_gpu2), 1)
db = dY.sum(dim=0)
### END SOLUTION

# %% check="row.backward"
check("row.backward")
### BEGIN HIDDEN TESTS
exam("row.backward")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ### 4.4 `row.update` (1 point)
#
# Update each device's shard of `W` with its own gradient. The bias lies on both devices, so compute
# the new bias `b_tp_row` (`b` itself stays as it was): from now on it is the bias of both devices.
# The replicas must stay equal: put it into both, each in memory of its own (or leave both as they
# are); a replica that steps alone drifts away from the other.
#
# | Name | Shape | Here |
# |---|---|---|
# | `W_gpu1`, `W_gpu2` | as in 4.1 | (608, 512) |
# | `b_tp_row`, `b_gpu1`, `b_gpu2` | `(1, out_ch)` | (1, 608) |

# %% [markdown] lang="ru" of="3b64a268"
# ### 4.4 `row.update` (1 балл)
#
# Обновите шард `W` каждого устройства по его собственному градиенту. Смещение лежит на обоих
# устройствах, поэтому посчитайте новое смещение `b_tp_row` (само `b` остаётся прежним): отныне это
# смещение обоих устройств. Копии должны оставаться равными: запишите его в обе, у каждой — своя
# память (или не трогайте ни одну); копия, которая делает шаг одна, расходится с другой.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `W_gpu1`, `W_gpu2` | как в 4.1 | (608, 512) |
# | `b_tp_row`, `b_gpu1`, `b_gpu2` | `(1, out_ch)` | (1, 608) |

# %% task="row.update"
# %%task row.update
### BEGIN SOLUTION
W_gpu1 -= lr * dW_gpu1
W_gpu2 -= lr * dW_gpu2

b_tp_row = b - lr * db.unsqueeze(dim=0)
b_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()
### END SOLUTION

# %% check="row.update"
check("row.update")
### BEGIN HIDDEN TESTS
exam("row.update")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# Join and compare, as before. This time the largest difference of `dW` is printed too: the fifth
# section is about it.

# %% [markdown] lang="ru" of="060172f2"
# Объединим и сравним, как и раньше. На этот раз выводится и наибольшее расхождение `dW`: ему
# посвящён пятый раздел.

# %% given="row.compare"
# %%after reference row
W_comb = torch.cat((W_gpu1, W_gpu2), 1)
dW_comb = torch.cat((dW_gpu1, dW_gpu2), 1)

print("\nW_comb: ", W_comb.shape,
      "\nb_comb: ", b_tp_row.shape,
      "\ndW_comb: ", dW_comb.shape,
      "\ndb_comb: ", db.shape,
      "\ndX: ", dX.shape,
     )

print(f"\nIs weights matching nn.Linear: {torch.allclose(W_comb, linear.weight, atol=1e-6)}")
print(f"Is bias matching nn.Linear:    {torch.allclose(b_tp_row, linear.bias.unsqueeze(0), atol=1e-6)}")
dW_diff = (dW_comb - dW_torch).abs().max()
print(f"Is grad W matching nn.Linear:  {torch.allclose(dW_comb, dW_torch, atol=1e-6)} (max diff = {dW_diff})")
print(f"Is grad b matching nn.Linear:  {torch.allclose(db, db_torch, atol=1e-6)}")
print(f"Are the bias replicas equal:   {torch.equal(b_gpu1, b_gpu2)}")
print(f"Max diff: Y {(Y - Y_pred).abs().max():.1e}, dX {(dX - dX_torch).abs().max():.1e}")

# %% [markdown] lang="en"
# ### What if it were Llama?
#
# The cut matters where the matrix is large. The given cell runs *your* cells of sections 2 to 4 once
# more, with the largest matrices of two real models, on tensors that have a shape but no numbers (so
# nothing is computed, and it takes a second). Of a section that isn't solved yet it only says so.

# %% [markdown] lang="ru" of="343dffeb"
# ### А если бы это была Llama?
#
# Разбивать стоит тогда, когда матрица велика. Ячейка ниже ещё раз запускает *ваши* ячейки из разделов
# 2–4, но с самыми большими матрицами двух настоящих моделей и на тензорах, у которых есть размер, но
# нет чисел (поэтому ничего не вычисляется и хватает секунды). О разделе, который ещё не решён, она
# только сообщает, что он не решён.

# %% given="llama" tags=["only-shows"]
what_if()

# %% [markdown] lang="en"
# ### Two layers, one all-reduce
#
# In a model the two ways work together: in the MLP of a Transformer the first matrix is cut
# column-wise, the second row-wise (Megatron-LM, arXiv 1909.08053, section 3). What the first leaves on
# a device is just what the second needs there, so nothing is gathered in between.
#
# The pictures under `check` are drawn from the record of your cell. You can record cells of your own
# too: `record(cell, inputs)` runs a text and writes down every tensor operation, `Ledger(trace)` says
# what that did. `ledger.collectives` is what crossed, `ledger.held` how many numbers of the weights
# (`W...`) each device holds at each step. Counted is what leaves a device for the other: n numbers for
# an all-gather of n, 2n for an all-reduce of n, since both parts are as large as the sum. What does the ledger say if you gather `H` in between?

# %% [markdown] lang="ru" of="b3f08fb8"
# ### Два слоя, один all-reduce
#
# В модели оба способа работают вместе: в MLP трансформера первую матрицу делят по столбцам, вторую —
# по строкам (Megatron-LM, arXiv 1909.08053, раздел 3). То, что после первой осталось на устройстве,
# как раз и нужно там второй, поэтому между ними ничего собирать не надо.
#
# Картинки под `check` построены по записи вашей ячейки. Записывать можно и свои ячейки:
# `record(cell, inputs)` выполняет текст и записывает каждую операцию с тензорами, а `Ledger(trace)`
# говорит, что при этом произошло. `ledger.collectives` — что передавалось между устройствами,
# `ledger.held` — сколько чисел весов (`W...`) держит каждое устройство на каждом шаге. Считается то,
# что уходит с одного устройства на другое: n чисел при all-gather на n чисел и 2n при all-reduce на n
# чисел, ведь каждое слагаемое того же размера, что и сумма. Что скажет
# ledger, если между слоями собрать `H` целиком?

# %% given="mlp" tags=["only-shows"]
from grader.bench import Ledger, record

mlp = """\
H_gpu1 = torch.relu(X @ W1_gpu1.T)    # column-wise: each device makes its own half of H
H_gpu2 = torch.relu(X @ W1_gpu2.T)
Y = H_gpu1 @ W2_gpu1.T + H_gpu2 @ W2_gpu2.T    # row-wise: and needs just that half
"""
W1_gpu1, W1_gpu2 = torch.randn(256, in_ch), torch.randn(256, in_ch)
W2_gpu1, W2_gpu2 = torch.randn(out_ch, 256), torch.randn(out_ch, 256)

trace = record(mlp, {"X": X, "W1_gpu1": W1_gpu1, "W1_gpu2": W1_gpu2, "W2_gpu1": W2_gpu1, "W2_gpu2": W2_gpu2})
ledger = Ledger(trace)
for collective in ledger.collectives:
    print(f"{collective.kind}, line {collective.line}: {collective.numbers} numbers, result {collective.shape}")
ledger.plot()

# %% [markdown] lang="en" attach="sum-order"
# ## 5. Where the fp32 difference comes from
#
# Everything matches, but not to the last digit. The author of the first notebook on this topic saw
# it in the row-wise `dW` and explained it like this:
#
# > After computing the actual difference between the row-wise **dW** and the target **dW**, I found
# > a mismatch of the order of **e-08**. As I understand it, the problem arises because FP32
# > operations are non-associative (described in the paper arXiv 2506.09501). And I noticed it at
# > lower dimensions precisely in **row-wise TP** because, unlike the two other ways, row-wise has
# > its GEMM split into two independent ones; this difference from the original nn.Linear changes
# > the order of FP summation and, as a consequence, gives a more pronounced numerical divergence.
# > […] Since this problem is rather a fundamental property, for now one can only accept it.
#
# Take this as a **hypothesis**, and test it. One thing in it is beyond doubt: addition of
# floating-point numbers is not associative, `(a + b) + c` and `a + (b + c)` may round differently.
#
# ![The same eight products added in three orders: one after another, two halves, small leaves and a tree](attachment:sum-order.svg)
#
# But *which* sum is added in another order? Is the result worse for it? And is there really nothing
# to be done? (The paper it names measures something else: how the answers of language models,
# mostly in bf16, change with the batch size and the number and kind of GPUs. It doesn't measure
# gradients of training in fp32, so it can't answer for us.)
#
# The given cell takes one step in fp32 with `nn.Linear` and one row-wise step from the same data,
# for each number of input channels in `in_chs`. `linear_run[n][q]` and `row_run[n][q]` hold the
# quantity `q` at `in_ch = n`. The last quantity is the test of the hypothesis:
# `"dW from the same dY"` in `row_run` is the row-wise `dW`, its GEMM split in two as ever, but
# computed from the `dY` of `nn.Linear`.

# %% [markdown] lang="ru" of="569eb0b3" attach="sum-order"
# ## 5. Откуда берётся расхождение в fp32
#
# Всё совпадает, но не до последней цифры. Автор первого ноутбука на эту тему заметил это на `dW` в
# row-wise и объяснил так:
#
# > После подсчёта фактического diff-а между row-wise **dW** и таргетным **dW** было обнаружено
# > несоответствие на **e-08** доли. Как я понимаю, проблема возникает из-за того, что операции FP32
# > неассоциативны (описано в статье arXiv 2506.09501). А обнаружил я её на более низких
# > размерностях именно у **row-wise TP** потому, что в отличие от предыдущих двух способов у
# > row-wise GEMM разбит на два независимых, это отличие от оригинального nn.Linear приводит к
# > изменению порядка FP суммирования и как следствие к более выраженному численному расхождению.
# > […] Поскольку данная проблема является скорее фундаментальной особенностью, пока что с ней
# > остаётся только смириться.
#
# Отнеситесь к этому как к **гипотезе** и проверьте её. Бесспорно в ней одно: сложение чисел с
# плавающей точкой неассоциативно, `(a + b) + c` и `a + (b + c)` могут округлиться по-разному.
#
# ![Одни и те же восемь произведений, сложенные в трёх порядках: подряд, двумя половинами, маленькими листьями и деревом](attachment:sum-order.svg)
#
# Но *какая именно* сумма складывается в другом порядке? Становится ли результат от этого хуже? И
# правда ли, что сделать ничего нельзя? (Статья, на которую ссылается автор, измеряет другое: как
# ответы языковых моделей, в основном в bf16, меняются с размером батча, числом и типом GPU.
# Градиенты обучения в fp32 она не измеряет, так что ответа за нас не даёт.)
#
# Ячейка ниже делает в fp32 один шаг с помощью `nn.Linear` и один шаг row-wise на тех же данных для
# каждого числа входных каналов из `in_chs`. В `linear_run[n][q]` и `row_run[n][q]` лежит величина
# `q` при `in_ch = n`. Последняя величина и есть проверка гипотезы: `"dW from the same dY"` в
# `row_run` — это `dW` из row-wise: его GEMM разбит на два, но взят `dY` из `nn.Linear`.

# %% given="fp32.measure"
quantities = ["Y", "dX", "dW", "db", "W", "dW from the same dY"]
in_chs = [16, 64, 256, 1024]


def draw_data(n):
    torch.manual_seed(seed)
    return [torch.randn(*shape, dtype=torch.float32)
            for shape in ((batch_size, out_ch), (batch_size, n), (out_ch, n), (1, out_ch))]


def step_linear(Y_gt, X, W, b):
    layer = nn.Linear(W.shape[1], W.shape[0], device="meta")
    layer.weight, layer.bias = nn.Parameter(W.clone()), nn.Parameter(b[0].clone())
    X = X.clone().requires_grad_(True)
    Y = layer(X)
    Y.retain_grad()
    ((Y - Y_gt) ** 2).mean().backward()
    torch.optim.SGD(layer.parameters(), lr=lr).step()
    return {"Y": Y.detach(), "dY": Y.grad, "dX": X.grad, "dW": layer.weight.grad,
            "db": layer.bias.grad, "W": layer.weight.detach(), "dW from the same dY": layer.weight.grad}


def step_row(Y_gt, X, W, b, dY_linear):
    shards = [(X_part.clone(), W_part.clone())
              for X_part, W_part in zip(X.tensor_split(2, 1), W.tensor_split(2, 1))]
    Y = sum(X_part @ W_part.T for X_part, W_part in shards) + b
    dY = 2 * (Y - Y_gt) / Y.numel()
    dW = [dY.T @ X_part for X_part, _ in shards]
    return {"Y": Y, "dX": torch.cat([dY @ W_part for _, W_part in shards], 1),
            "dW": torch.cat(dW, 1), "db": dY.sum(dim=0),
            "W": torch.cat([W_part - lr * dW_part for (_, W_part), dW_part in zip(shards, dW)], 1),
            "dW from the same dY": torch.cat([dY_linear.T @ X_part for X_part, _ in shards], 1)}


linear_run, row_run = {}, {}
for n in in_chs:
    data = draw_data(n)
    linear_run[n] = step_linear(*data)
    row_run[n] = step_row(*data, linear_run[n]["dY"])

# %% [markdown] lang="en"
# ### 5.1 `fp32.experiment` (1 point)
#
# Make the dictionary `max_diff`: for each name in `quantities`, a tensor with the largest absolute
# difference between `row_run` and `linear_run`, one number for each of `in_chs`, in that order.
# Keep it in tensors: no `.item()` and no Python floats. `row_run` and `linear_run` themselves must
# stay as they are.
#
# | Name | Shape | Here |
# |---|---|---|
# | `max_diff[q]` | `(len(in_chs),)` | (4,) |

# %% [markdown] lang="ru" of="8c936a2e"
# ### 5.1 `fp32.experiment` (1 балл)
#
# Составьте словарь `max_diff`: для каждого имени из `quantities` — тензор с наибольшими по модулю
# расхождениями между `row_run` и `linear_run`, по одному числу на каждое значение из `in_chs`, в
# том же порядке. Оставайтесь в тензорах: без `.item()` и чисел Python. Сами `row_run` и
# `linear_run` не меняйте.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `max_diff[q]` | `(len(in_chs),)` | (4,) |

# %% task="fp32.experiment"
# %%task fp32.experiment
### BEGIN SOLUTION
max_diff = {}
for q in quantities:
    # ru: наибольшее по модулю расхождение для каждого in_ch
    # en: the largest absolute difference for each in_ch
    max_diff[q] = torch.stack([(row_run[n][q] - linear_run[n][q]).abs().max() for n in in_chs])
### END SOLUTION

# %% check="fp32.experiment"
check("fp32.experiment")
### BEGIN HIDDEN TESTS
exam("fp32.experiment")
### END HIDDEN TESTS

# %% given="fp32.plot"
# %%after fp32.experiment
import matplotlib.pyplot as plt

# Colours told apart with any colour vision; a difference of exactly 0 has no place on a
# logarithmic axis, so it is drawn as an open marker on the dotted line at the bottom.
colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#000000"]
measured = {q: max_diff[q].tolist() for q in quantities}
floor = min((v for values in measured.values() for v in values if v > 0), default=1e-9) / 10

fig, ax = plt.subplots(figsize=(7.2, 4.4))
for q, colour, marker in zip(quantities, colours, "osD^vX"):
    heights = [v if v > 0 else floor for v in measured[q]]
    ax.plot(in_chs, heights, color=colour, label=q, linewidth=1.2)
    for n, v, height in zip(in_chs, measured[q], heights):
        ax.plot(n, height, marker=marker, color=colour, markersize=8,
                markerfacecolor=colour if v > 0 else "white")
ax.axhline(floor, color="#777777", linestyle=":", linewidth=1)
ax.annotate("0", (1, floor), xycoords=("axes fraction", "data"), xytext=(4, -4), textcoords="offset points")
ax.set_xscale("log", base=2)
ax.set_yscale("log")
ax.set_xticks(in_chs, [str(n) for n in in_chs])
ax.set_xlabel("in_ch")
ax.set_ylabel("max |diff|")
ax.grid(alpha=0.3)
handles = [plt.Line2D([], [], color=colour, marker=marker, markersize=8, label=q)
           for q, colour, marker in zip(quantities, colours, "osD^vX")]
ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.04, 1))
fig.tight_layout()
plt.show()

# %% [markdown] lang="en"
# Two more measurements to judge by. The first one compares with the same computation in fp64: is
# the row-wise `Y` further from the truth than that of `nn.Linear`? Beside it is the column-wise
# `dX`, computed from the `dY` of `nn.Linear` (on some processors exactly like its own at these
# sizes, since the library cuts the sum into the same halves). The second cuts the sum over `in_ch` among 1, 2, 4, 8
# and 16 devices and asks whether `Y` stays the same, bit for bit: first with a plain sum of the
# devices' parts, then with the sum always cut into 16 leaves of the same size that are added in
# pairs, as a tree.

# %% [markdown] lang="ru" of="53811c91"
# Ещё два измерения, на которые можно опереться. Первое сравнивает с тем же вычислением в fp64:
# дальше ли от истины `Y` из row-wise, чем `Y` из `nn.Linear`? Рядом — `dX` из column-wise,
# посчитанный по `dY` из `nn.Linear` (на некоторых процессорах при этих размерах он в точности равен
# эталону: библиотека сама делит сумму на те же половины). Второе делит сумму по `in_ch` между 1, 2, 4, 8 и 16
# устройствами и смотрит, остаётся ли `Y` тем же бит в бит: сначала части устройств складываются
# просто подряд, затем сумма всегда делится на 16 листьев одного размера, которые складываются
# попарно, деревом.

# %% given="fp32.accuracy"
print("           Y: max error against fp64       dX from the same dY:")
print("in_ch      nn.Linear     row-wise          max |column-wise - nn.Linear|")
for n in in_chs:
    _, X_n, W_n, b_n = draw_data(n)
    Y_exact = X_n.double() @ W_n.double().T + b_n.double()
    W_halves, dY_halves = W_n.tensor_split(2, 0), linear_run[n]["dY"].tensor_split(2, 1)
    dX_column = sum(dY_part @ W_part.clone() for dY_part, W_part in zip(dY_halves, W_halves))
    print(f"{n:<10} {(linear_run[n]['Y'] - Y_exact).abs().max():.1e}       "
          f"{(row_run[n]['Y'] - Y_exact).abs().max():.1e}           "
          f"{(dX_column - linear_run[n]['dX']).abs().max():.1e}")

# %% given="fp32.tree"
_, X_n, W_n, _ = draw_data(in_chs[-1])


def add_in_pairs(parts):
    while len(parts) > 1:
        parts = [left + right for left, right in zip(parts[::2], parts[1::2])]
    return parts[0]


leaves = [(X_part.clone(), W_part.clone())
          for X_part, W_part in zip(X_n.tensor_split(16, 1), W_n.tensor_split(16, 1))]
plain, tree = {}, {}
for world_size in (1, 2, 4, 8, 16):
    plain[world_size] = sum(
        X_part @ W_part.T
        for X_part, W_part in zip(X_n.tensor_split(world_size, 1), W_n.tensor_split(world_size, 1)))
    share = 16 // world_size
    tree[world_size] = add_in_pairs(
        [add_in_pairs([X_part @ W_part.T for X_part, W_part in leaves[rank * share:(rank + 1) * share]])
         for rank in range(world_size)])

print("in_ch =", in_chs[-1], "- is Y bitwise the same as on one device?")
for world_size in plain:
    print(f"world size {world_size:>2}:  plain sum {torch.equal(plain[world_size], plain[1])!s:5}   "
          f"leaves and tree {torch.equal(tree[world_size], tree[1])}")

# %% [markdown] lang="en"
# ### 5.2 `fp32.conclusion` (1 point, read by a person)
#
# Say in five to ten sentences what your measurements show about the hypothesis:
#
# 1. Where does the row-wise difference in `dW` come from? Is it the split GEMM of `dW`?
# 2. Is there such a sum in the column-wise layer too, and where?
# 3. Is the row-wise result less accurate than that of `nn.Linear`?
# 4. Can one only accept it?
#
# Lean on numbers that you measured above (orders of magnitude are enough).

# %% [markdown] lang="ru" of="d1998549"
# ### 5.2 `fp32.conclusion` (1 балл, проверяет преподаватель)
#
# В пяти–десяти предложениях скажите, что ваши измерения говорят о гипотезе:
#
# 1. Откуда берётся расхождение `dW` в row-wise? Виновато ли то, что GEMM для `dW`
#    разбит на два?
# 2. Есть ли такая же сумма в column-wise, и где?
# 3. Менее ли точен результат row-wise, чем результат `nn.Linear`?
# 4. Правда ли, что остаётся только смириться?
#
# Опирайтесь на числа, которые вы измерили выше (достаточно порядков величины).

# %% [markdown] lang="en" answer="fp32.conclusion"
# ### BEGIN SOLUTION
# 1. The hypothesis names the right cause, non-associativity, but the wrong place. Computed from the
#    same `dY`, the split `dW` equals that of `nn.Linear` exactly (on a CPU; on a GPU the library
#    may choose another kernel for another shape): each number of `dW` is a sum over the batch, and
#    the batch isn't cut. What is cut is the sum over `in_ch` in the *forward* pass:
#    `Y = Y_gpu1 + Y_gpu2 + b` adds two halves where `nn.Linear` has one long sum. `Y` therefore
#    differs by about 1e-6 to 1e-4, more at larger `in_ch`, and through `dY` the difference travels
#    into `dX` (1e-8 to 1e-7), `dW` and `db` (1e-9 to 1e-7). Small differences come in besides because
#    the bias is added and the divisor applied in another order than PyTorch does it; they are there
#    in the manual and the column-wise layer as well.
# 2. Column-wise leaves the sum over `in_ch` whole, but cuts the sum over `out_ch` in the *backward*
#    pass: `dX = dX_gpu1 + dX_gpu2`. Even from the same `dY` its `dX` differs by about 1e-7. One
#    doesn't see it when only `dW` and `db` are compared. (On some processors it is exactly 0 at these
#    sizes: there the library itself adds just such halves. Then the formula is the answer, and
#    other sizes show the difference.)
# 3. No. Against fp64 both are wrong by the same order, 1e-6 to 1e-4; the row-wise error is
#    sometimes a little larger than that of `nn.Linear`, sometimes a little smaller (in this run
#    smaller throughout: two short sums round less than a long one). Different doesn't mean worse:
#    `nn.Linear` isn't the truth, it rounds too.
# 4. No. If the sum is always cut into leaves of the same size and these are added in a fixed tree,
#    the result is the same bit for bit on 1, 2, 4, 8 and 16 devices; the price is many small
#    products instead of one. Where that isn't needed, a tolerance derived from the number of terms
#    is the right comparison, rather than one `atol` for everything. arXiv 2506.09501 is about the
#    same non-associativity, but in language-model inference, mostly in bf16; it doesn't measure
#    fp32 gradients in training.
# ### END SOLUTION

# %% [markdown] lang="ru" of="5637ab0a" answer="fp32.conclusion"
# ### BEGIN SOLUTION
# 1. Причина в гипотезе названа верно (неассоциативность), а место — нет. Если считать по одному и
#    тому же `dY`, разбитый на два `dW` в точности равен `dW` из `nn.Linear` (на CPU; на GPU
#    библиотека может выбрать для другого размера другое ядро): каждое число в `dW` — сумма по
#    батчу, а батч не разбит. Разбита сумма по `in_ch` в *прямом* проходе: `Y = Y_gpu1 + Y_gpu2 + b`
#    складывает две половины там, где у `nn.Linear` одна длинная сумма. Поэтому `Y` расходится
#    примерно на 1e-6–1e-4, тем сильнее, чем больше `in_ch`, а через `dY` расхождение попадает в
#    `dX` (1e-8–1e-7), в `dW` и `db` (1e-9–1e-7). Кое-что добавляет и другой порядок прибавления
#    смещения и деления, чем в PyTorch; это есть и в ручном слое, и в column-wise.
# 2. В column-wise сумма по `in_ch` цела, зато в *обратном* проходе разбита сумма по `out_ch`:
#    `dX = dX_gpu1 + dX_gpu2`. Даже по тому же самому `dY` этот `dX` расходится примерно на 1e-7.
#    Если сравнивать только `dW` и `db`, этого не увидеть. (На некоторых процессорах при этих
#    размерах расхождение равно в точности 0: там библиотека сама складывает такие же половины. Тогда
#    ответ даёт формула, а расхождение видно при других размерах.)
# 3. Нет. Относительно fp64 ошибки одного порядка, 1e-6–1e-4: у row-wise она то чуть больше, чем у
#    `nn.Linear`, то чуть меньше (в этом запуске меньше везде: две короткие суммы округляются
#    меньше, чем одна длинная). Другой результат — не значит худший: `nn.Linear` не истина, он тоже
#    округляет.
# 4. Нет. Если сумму всегда делить на листья одного размера и складывать их одним и тем же деревом,
#    результат на 1, 2, 4, 8 и 16 устройствах совпадает бит в бит; цена — много маленьких
#    произведений вместо одного большого. Там, где это не нужно, сравнивать правильнее с допуском,
#    который выведен из числа слагаемых, а не с одним `atol` на все случаи. arXiv 2506.09501 — о той
#    же неассоциативности, но при инференсе языковых моделей, в основном в bf16; градиенты обучения
#    в fp32 там не измеряются.
# ### END SOLUTION
