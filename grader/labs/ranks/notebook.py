# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] lang="en"
# # From two pretended devices to N ranks
#
# {{buttons}}
#
# In the lab `linear` the devices were pretended: two names in one program, and an all-reduce was a
# `+`. Here the pretence ends. You write functions that every **rank** runs: N copies of one
# program, each with its own number `rank`, its own tensors, and no way to see those of the others
# but to send and receive. First you build the collectives yourself, from messages round a ring;
# then you take one SGD step of a linear layer that is cut over N ranks, column-wise and row-wise, as
# Megatron-LM does (arXiv 1909.08053); last you repair a program that waits for ever.
#
# **After this lab you can**
#
# - send and receive without a deadlock, and say why a program hangs;
# - build reduce-scatter, all-gather and all-reduce from messages, in chunks of unequal size;
# - write a column-parallel and a row-parallel layer with `torch.distributed`, for any number of
#   ranks;
# - predict how many numbers leave a rank, and check it against what really left;
# - read what a tool says of ranks that wait for each other.
#
# | Section | Points | Minutes |
# |---|---|---|
# | 0. Setup | – | 5 |
# | 1. A ring of messages | 9 | 35 |
# | 2. A column-parallel layer on N ranks | 4 | 20 |
# | 3. A row-parallel layer on N ranks | 4 | 15 |
# | 4. What it costs | 1 | 5 |
# | 5. A program that waits for ever | 2 | 10 |
# | 6. The same functions on real processes | – | 10 |
# | **All** | **20** | **100** |
#
# **The rule of the course** holds in sections 2 and 3: no rank ever has more of `W` than its shard,
# nor of its gradient, and neither of them is sent. Only activations and their gradients cross.
#
# **How the notebook works**
#
# - Your function goes into the cell that begins with `%%task name`. Keep that line and replace
#   `raise NotImplementedError()`. The cell below it, `check("name")` (it can't be edited), tells
#   you at once whether the task is done and, if it isn't, what was expected, what came, and on
#   which rank.
# - Your text is plain PyTorch: `rank`, `world_size` and tensors come as arguments, and it calls
#   `torch.distributed` (as `dist`). Nothing in it belongs to this course. In the notebook no processes
#   are started: each rank is *recorded* alone, and then all N records are replayed together, step
#   by step. So a program that would hang is found out within a second, with ranks and lines.
# - While a rank is recorded, it has no numbers of other ranks yet. So sizes must follow from
#   `rank`, `world_size` and the arguments, not from numbers that were received (no `.item()`).
#   What you `print` inside a function are stand-ins; `on_ranks` (below) shows the real numbers.
# - These ranks have all of `send`, `recv`, `isend`, `irecv`, `batch_isend_irecv`, `all_reduce`,
#   `all_gather`, `all_gather_into_tensor`, `reduce_scatter`, `reduce_scatter_tensor`, `broadcast`, `scatter`,
#   `gather`, `reduce` and `barrier`, in one group of all ranks. Section 1 makes do with messages:
#   `send`, `recv`, `isend`, `irecv` and `batch_isend_irecv`.
# - When your work is graded, the same functions run with other numbers, other sizes (odd ones, and
#   fewer numbers than ranks) and on 1, 2, 3, 4, 5 and 8 ranks. So write `world_size`, never 4.
# - A function changes none of the tensors that it is given, except `W` and `b`, which a step may
#   change in place.
# - *Restart Kernel and Run All* goes from top to bottom at any time: a task that isn't solved yet says
#   so (○) and the notebook goes on; it stops at the first one that is wrong (✗).
#
# **The first cell below** loads the course. If this kernel doesn't have it, the cell says what to do.

# %% [markdown] lang="ru" of="0a9eb6ed"
# # От двух воображаемых устройств к N рангам
#
# {{buttons}}
#
# В работе `linear` устройства были воображаемыми: два имени в одной программе, а all-reduce — просто
# `+`. Здесь всё по-настоящему. Вы пишете функции, которые выполняет каждый **ранг**: это N копий
# одной программы, у каждой свой номер `rank` и свои тензоры, а чужих она не видит — может только
# отправлять и получать. Сначала вы сами соберёте коллективные операции из сообщений, идущих по
# кольцу; затем сделаете шаг SGD линейного слоя, разбитого на N рангов, по столбцам и по строкам, как
# в Megatron-LM (arXiv 1909.08053); а в конце почините программу, которая ждёт вечно.
#
# **После этой работы вы сможете**
#
# - отправлять и получать без взаимной блокировки (deadlock) и объяснять, почему программа зависла;
# - собрать reduce-scatter, all-gather и all-reduce из сообщений, в том числе с кусками разной длины;
# - написать слой, разбитый по столбцам и по строкам, с `torch.distributed` для любого числа рангов;
# - предсказать, сколько чисел отправит каждый ранг, и сверить это с тем, что он отправил на самом
#   деле;
# - понимать, что говорит инструмент о рангах, которые ждут друг друга.
#
# | Раздел | Баллы | Минуты |
# |---|---|---|
# | 0. Подготовка | – | 5 |
# | 1. Кольцо сообщений | 9 | 35 |
# | 2. Слой по столбцам на N рангах | 4 | 20 |
# | 3. Слой по строкам на N рангах | 4 | 15 |
# | 4. Сколько это стоит | 1 | 5 |
# | 5. Программа, которая ждёт вечно | 2 | 10 |
# | 6. Те же функции в настоящих процессах | – | 10 |
# | **Всего** | **20** | **100** |
#
# **Правило курса** действует в разделах 2 и 3: ни у одного ранга никогда нет больше, чем его шард
# `W` и шард её градиента, и ни то ни другое не передаётся. Между рангами ходят только активации и их
# градиенты.
#
# **Как устроен ноутбук**
#
# - Ваша функция пишется в ячейке, которая начинается со строки `%%task имя`. Эту строку оставьте, а
#   `raise NotImplementedError()` замените своим решением. Следующая за ней ячейка `check("имя")`
#   (менять её нельзя) сразу скажет, решено ли задание, а если нет — что ожидалось, что получилось и на
#   каком ранге.
# - Ваш код — обычный PyTorch: `rank`, `world_size` и тензоры приходят аргументами, а вызывает он
#   `torch.distributed` (под именем `dist`). Ничего от этого курса в нём нет. Процессы в ноутбуке не
#   запускаются: каждый ранг *записывается* отдельно, а затем все N записей воспроизводятся вместе, шаг
#   за шагом. Поэтому программа, которая зависла бы, находится за секунду — с рангами и строками.
# - Пока ранг записывается, чисел других рангов у него ещё нет. Поэтому размеры должны следовать из
#   `rank`, `world_size` и аргументов, а не из полученных чисел (без `.item()`). То, что вы выводите
#   через `print` внутри функции, — числа-заместители; настоящие покажет `on_ranks` (см. ниже).
# - У этих рангов есть `send`, `recv`, `isend`, `irecv`, `batch_isend_irecv`, `all_reduce`, `all_gather`,
#   `all_gather_into_tensor`, `reduce_scatter`, `reduce_scatter_tensor`, `broadcast`, `scatter`, `gather`,
#   `reduce` и `barrier` в одной группе из всех рангов. Раздел 1 обходится сообщениями: `send`,
#   `recv`, `isend`, `irecv` и `batch_isend_irecv`.
# - При проверке те же функции запускаются с другими числами, другими размерами (нечётными, а бывает,
#   что чисел меньше, чем рангов) на 1, 2, 3, 4, 5 и 8 рангах. Поэтому пишите `world_size`, а не 4.
# - Функция не меняет тензоры, которые ей даны; исключение — `W` и `b`: шаг может изменить их на месте.
# - *Restart Kernel and Run All* можно выполнить в любой момент: нерешённое задание так и скажет (○), и
#   ноутбук пойдёт дальше; на первом неверном (✗) он остановится.
#
# **Первая ячейка ниже** загружает курс. Если в этом ядре его нет, она скажет, что делать.

# %% [markdown] lang="en"
# ## 0. Setup
#
# These cells are given and locked. To try other sizes, add a cell of your own below the parameters,
# for example `world_size, n = 3, 7`, and run it and everything below it again; the points don't
# depend on them.
#
# Wherever something is cut over the ranks in this lab, rank r has the part from
# `size * r // world_size` to `size * (r + 1) // world_size`: 23 numbers on 4 ranks are cut at 0, 5,
# 11, 17, 23. Parts may differ by one, and with fewer numbers than ranks some are empty.

# %% [markdown] lang="ru" of="a3d5ff45"
# ## 0. Подготовка
#
# Эти ячейки даны, менять их нельзя. Чтобы попробовать другие размеры, добавьте под параметрами свою
# ячейку, например `world_size, n = 3, 7`, и запустите заново её и всё, что ниже; на баллы это не
# влияет.
#
# Где бы в этой работе что-нибудь ни делилось между рангами, рангу r достаётся часть от
# `size * r // world_size` до `size * (r + 1) // world_size`: 23 числа на 4 ранга режутся в местах 0,
# 5, 11, 17, 23. Части могут отличаться на единицу, а если чисел меньше, чем рангов, некоторые пусты.

# %% given="setup"
import torch
import torch.distributed as dist
import torch.nn as nn
import torch.nn.functional as F

# %% given="parameters" tags=["parameters"]
world_size = 4
n = 23
batch_size = 2
in_features = 256
out_features = 192
lr = 0.1
seed = 0

# %% given="data"
torch.manual_seed(seed)

X, Y_gt = torch.randn(batch_size, in_features), torch.randn(batch_size, out_features)
W, b = torch.randn(out_features, in_features), torch.randn(1, out_features)


def parts_of(tensor, ranks, dim=0):
    """The ranks' parts of a tensor, in their order."""
    edges = [tensor.shape[dim] * r // ranks for r in range(ranks + 1)]
    return [tensor.narrow(dim, edges[r], edges[r + 1] - edges[r]).clone() for r in range(ranks)]


print([len(part) for part in parts_of(torch.arange(n), world_size)])

# %% [markdown] lang="en" attach="ring-shift"
# ## 1. A ring of messages
#
# The ranks stand in a ring: the right neighbour of `rank` is `(rank + 1) % world_size`, the left one
# is `(rank - 1) % world_size`. Everybody sends to the right and receives from the left, again and
# again. That is all that the collectives of this section need, and every link is busy all the time.
#
# ![Four ranks in a ring: each sends its x to the right and receives its left neighbour's](attachment:ring-shift.svg)
#
# ### 1.1 `ring.shift` (2 points)
#
# One turn of the ring. Write `shift(rank, world_size, x)`: send `x` to the right neighbour and
# return what comes from the left one. A single rank returns its own numbers.
#
# `dist.send` waits until its message is taken, `dist.recv` until one has come. `dist.isend` and
# `dist.irecv` return at once, with a handle; on `handle.wait()` the message is through, and not
# before. A tensor that is received into has to be there first: `torch.empty_like(x)`.
#
# | Name | Shape | Here |
# |---|---|---|
# | `x`, the result | `(n,)` | (23,) |
#
# **Before you run it:** what happens if each rank calls `dist.send` first and then `dist.recv`? Who
# waits for whom? Write it like that once, and read what `check` says.
#
# <details><summary>A hint</summary>
#
# Somebody has to be able to receive while sending. `isend`, then `recv`, then `wait()`; or both ways
# with `isend` and `irecv`; or `batch_isend_irecv`; or even ranks send first and odd ones receive
# first (with an odd number of ranks, too?).
#
# </details>

# %% [markdown] lang="ru" of="011ab546" attach="ring-shift"
# ## 1. Кольцо сообщений
#
# Ранги стоят по кругу: правый сосед ранга `rank` — это `(rank + 1) % world_size`, левый —
# `(rank - 1) % world_size`. Все отправляют направо и получают слева, снова и снова. Больше ничего
# коллективным операциям этого раздела не нужно, и каждая линия связи всё время занята.
#
# ![Четыре ранга по кругу: каждый отправляет свой x направо и получает x левого соседа](attachment:ring-shift.svg)
#
# ### 1.1 `ring.shift` (2 балла)
#
# Один шаг кольца. Напишите `shift(rank, world_size, x)`: отправьте `x` правому соседу и верните то,
# что пришло от левого. Единственный ранг возвращает свои числа.
#
# `dist.send` ждёт, пока его сообщение заберут, `dist.recv` — пока оно придёт. `dist.isend` и
# `dist.irecv` возвращаются сразу и отдают handle; после `handle.wait()` сообщение дошло, но не раньше.
# Тензор, в который получают, должен уже существовать: `torch.empty_like(x)`.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `x`, результат | `(n,)` | (23,) |
#
# **Прежде чем запускать:** что будет, если каждый ранг сначала вызовет `dist.send`, а потом
# `dist.recv`? Кто кого ждёт? Напишите один раз так и прочитайте, что скажет `check`.
#
# <details><summary>Подсказка</summary>
#
# Кто-то должен уметь получать, пока отправляет. `isend`, затем `recv`, затем `wait()`; или в обе
# стороны `isend` и `irecv`; или `batch_isend_irecv`; или чётные ранги сначала отправляют, а нечётные
# сначала получают (годится ли это при нечётном числе рангов?).
#
# </details>

# %% task="ring.shift"
# %%task ring.shift
### BEGIN SOLUTION
def shift(rank, world_size, x):
    if world_size == 1:
        return x
    received = torch.empty_like(x)
    # en: sending goes on while this rank receives
    # ru: пока ранг получает, отправка продолжается
    sending = dist.isend(x, (rank + 1) % world_size)
    dist.recv(received, (rank - 1) % world_size)
    sending.wait()
    return received
### END SOLUTION

# %% check="ring.shift"
check("ring.shift")
### BEGIN HIDDEN TESTS
exam("ring.shift")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# `on_ranks("task", name=[...])` runs your function on numbers of your own choice: a list has one
# tensor for each rank, anything else is the same for all, and `rank` and `world_size` come by
# themselves. Which numbers will rank 0 have?

# %% [markdown] lang="ru" of="1b49471a"
# `on_ranks("задание", имя=[...])` выполняет вашу функцию на числах, которые выбрали вы: в списке — по
# тензору на каждый ранг, всё остальное одинаково для всех, а `rank` и `world_size` подставятся сами.
# Какие числа окажутся у ранга 0?

# %% given="ring.shift.shown" tags=["only-shows"]
# %%after ring.shift
on_ranks("ring.shift", x=[torch.tensor([10.0 * r, 10.0 * r + 1]) for r in range(world_size)])

# %% [markdown] lang="en" attach="ring-reduce-scatter"
# ### 1.2 `ring.reduce_scatter` (3 points)
#
# Every rank has `n` numbers `x`, and the sum over all ranks is wanted, but in pieces: after a
# **reduce-scatter** rank r has chunk r of the sum, and nothing else of it. The ring does it in
# `world_size - 1` turns: in turn t (1, 2, ...) each rank sends chunk `rank - t` (counted round the
# ring), takes in chunk `rank - t - 1`, and adds its own numbers to it. What it sends next is just what
# it has added up.
#
# ![Three ranks, three chunks: in two turns each chunk goes round, grows by each rank's part, and ends whole on its own rank](attachment:ring-reduce-scatter.svg)
#
# With three ranks and one number a chunk, `x` = `[1, 2, 3]`, `[10, 20, 30]`, `[100, 200, 300]`: in the
# first turn rank 0 sends its chunk 2, the number 3, to rank 1, which makes 3 + 30 = 33 of it; in the
# second, rank 1 sends this 33 to rank 2, which makes 33 + 300 = 333, its own chunk, whole.
#
# Write `reduce_scatter(rank, world_size, x)` with messages alone. No more numbers than
# `(world_size - 1)` times the longest chunk may leave a rank. `x` stays as it is (slices of `x` are
# views: `+=` on one of them changes `x`).
#
# | Name | Shape | Here |
# |---|---|---|
# | `x` | `(n,)` | (23,) |
# | the result | `(n * (rank + 1) // world_size - n * rank // world_size,)` | (5,) on rank 0, else (6,) |
#
# **Before you run it:** a chunk may be a number longer than the next one. Which length has what
# arrives in turn t on this rank?
#
# <details><summary>A hint</summary>
#
# `edges = [n * r // world_size for r in range(world_size + 1)]` cuts `x` into chunks. What arrives has
# the shape of this rank's own chunk of that number: `torch.empty_like(chunks[(rank - t - 1) % world_size])`.
#
# </details>

# %% [markdown] lang="ru" of="7ea8d8ae" attach="ring-reduce-scatter"
# ### 1.2 `ring.reduce_scatter` (3 балла)
#
# У каждого ранга есть `n` чисел `x`, и нужна их сумма по всем рангам, но по частям: после
# **reduce-scatter** у ранга r есть r-й кусок суммы и больше ничего от неё. Кольцо делает это за
# `world_size - 1` шагов: на шаге t (1, 2, …) каждый ранг отправляет кусок `rank - t` (счёт идёт
# по кругу), принимает кусок `rank - t - 1` и прибавляет к нему свои числа. Отправит он в следующий раз
# ровно то, что сейчас сложил.
#
# ![Три ранга, три куска: за два шага каждый кусок проходит по кольцу, собирает слагаемое каждого ранга и целым приходит на свой ранг](attachment:ring-reduce-scatter.svg)
#
# Пусть рангов три, в каждом куске одно число и `x` — это `[1, 2, 3]`, `[10, 20, 30]`,
# `[100, 200, 300]`. На первом шаге ранг 0 отправляет свой кусок 2, число 3, рангу 1, и у того
# получается 3 + 30 = 33; на втором ранг 1 отправляет эти 33 рангу 2, и у того получается
# 33 + 300 = 333 — его собственный кусок, уже целый.
#
# Напишите `reduce_scatter(rank, world_size, x)`, пользуясь только сообщениями. Ранг может отправить не
# больше чисел, чем `(world_size - 1)` длин самого длинного куска. `x` должен остаться прежним (срезы
# `x` — это view: `+=` на срезе изменит и `x`).
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `x` | `(n,)` | (23,) |
# | результат | `(n * (rank + 1) // world_size - n * rank // world_size,)` | (5,) на ранге 0, иначе (6,) |
#
# **Прежде чем запускать:** один кусок может быть на число длиннее другого. Какой длины то, что придёт
# на этот ранг на шаге t?
#
# <details><summary>Подсказка</summary>
#
# `edges = [n * r // world_size for r in range(world_size + 1)]` режет `x` на куски. Приходит тензор
# того же размера, что и свой кусок с тем же номером:
# `torch.empty_like(chunks[(rank - t - 1) % world_size])`.
#
# </details>

# %% task="ring.reduce_scatter"
# %%task ring.reduce_scatter
### BEGIN SOLUTION
def reduce_scatter(rank, world_size, x):
    n = len(x)
    edges = [n * r // world_size for r in range(world_size + 1)]
    chunks = [x[edges[r] : edges[r + 1]] for r in range(world_size)]
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    total = chunks[left]
    for turn in range(1, world_size):
        own = chunks[(rank - turn - 1) % world_size]
        arrived = torch.empty_like(own)
        sending = dist.isend(total, right)
        dist.recv(arrived, left)
        sending.wait()
        # en: a new tensor: `+=` on a chunk would change x
        # ru: новый тензор: `+=` на куске изменил бы x
        total = arrived + own
    return total
### END SOLUTION

# %% check="ring.reduce_scatter"
check("ring.reduce_scatter")
### BEGIN HIDDEN TESTS
exam("ring.reduce_scatter")
### END HIDDEN TESTS

# %% given="ring.reduce_scatter.shown" tags=["only-shows"]
# %%after ring.reduce_scatter
on_ranks("ring.reduce_scatter", x=[torch.tensor([1.0, 2, 3]) * 10**r for r in range(3)])

# %% [markdown] lang="en" attach="ring-all-gather"
# ### 1.3 `ring.all_gather` (2 points)
#
# The other half: rank r has chunk r, and in the end every rank has all chunks, in the order of the
# ranks. Again `world_size - 1` turns: each rank sends the chunk that it got last (in the first turn
# its own) and puts what arrives in its place. Nothing is added.
#
# ![Three ranks: in two turns each chunk is copied once round the ring, until every rank has all of them](attachment:ring-all-gather.svg)
#
# Write `all_gather(rank, world_size, chunk, n)`, where `n` is the length of the whole. `chunk` stays
# as it is, and again at most `(world_size - 1)` times the longest chunk leaves a rank.
#
# | Name | Shape | Here |
# |---|---|---|
# | `chunk` | as the result of 1.2 | (5,) on rank 0, else (6,) |
# | the result | `(n,)` | (23,) |
#
# **Before you run it:** which chunk arrives on rank 0 in the first turn, and which in the last?

# %% [markdown] lang="ru" of="b7c5c30f" attach="ring-all-gather"
# ### 1.3 `ring.all_gather` (2 балла)
#
# Вторая половина: у ранга r есть кусок r, а в конце у каждого ранга есть все куски, в порядке рангов.
# Снова `world_size - 1` шагов: каждый ранг отправляет кусок, который получил последним (на первом
# шаге — свой), и кладёт пришедший на его место. Ничего не складывается.
#
# ![Три ранга: за два шага каждый кусок копируется по всему кольцу, пока у каждого ранга не будет всех](attachment:ring-all-gather.svg)
#
# Напишите `all_gather(rank, world_size, chunk, n)`, где `n` — длина целого. `chunk` остаётся прежним, и
# ранг снова отправляет не больше `(world_size - 1)` длин самого длинного куска.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `chunk` | как результат 1.2 | (5,) на ранге 0, иначе (6,) |
# | результат | `(n,)` | (23,) |
#
# **Прежде чем запускать:** какой кусок приходит на ранг 0 на первом шаге, а какой — на последнем?

# %% task="ring.all_gather"
# %%task ring.all_gather
### BEGIN SOLUTION
def all_gather(rank, world_size, chunk, n):
    edges = [n * r // world_size for r in range(world_size + 1)]
    chunks = [chunk.new_empty(edges[r + 1] - edges[r]) for r in range(world_size)]
    chunks[rank] = chunk
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    for turn in range(world_size - 1):
        # en: the chunk that arrived in the turn before goes on
        # ru: дальше идёт кусок, который пришёл на прошлом шаге
        sending = dist.isend(chunks[(rank - turn) % world_size], right)
        dist.recv(chunks[(rank - turn - 1) % world_size], left)
        sending.wait()
    return torch.cat(chunks)
### END SOLUTION

# %% check="ring.all_gather"
check("ring.all_gather")
### BEGIN HIDDEN TESTS
exam("ring.all_gather")
### END HIDDEN TESTS

# %% given="ring.all_gather.shown" tags=["only-shows"]
# %%after ring.all_gather
on_ranks("ring.all_gather", chunk=[torch.tensor([111.0]), torch.tensor([222.0]), torch.tensor([333.0])], n=3)

# %% [markdown] lang="en"
# ### 1.4 `ring.all_reduce` (2 points)
#
# Both halves together are the **all-reduce**: every rank ends with the whole sum. Write
# `all_reduce(rank, world_size, x)`, again with messages alone, of which at most
# `2 * (world_size - 1)` times the longest chunk leaves a rank. You may call your `reduce_scatter` and
# `all_gather`. (In the check right ones stand in for them, called just like yours above: one mistake
# costs one task.)
#
# The replicas of the sum have to be equal **to the last bit** on all ranks. That isn't a matter of
# course: if each rank added all parts itself, beginning with its own, the ranks would round
# differently, and weights that are stepped with such sums drift apart.
#
# | Name | Shape | Here |
# |---|---|---|
# | `x`, the result | `(n,)` | (23,) |
#
# **Before you run it:** why does the ring make equal replicas? Who adds up chunk 2, and how many
# times is that done?

# %% [markdown] lang="ru" of="0b348080"
# ### 1.4 `ring.all_reduce` (2 балла)
#
# Обе половины вместе — это **all-reduce**: в конце у каждого ранга есть вся сумма. Напишите
# `all_reduce(rank, world_size, x)`, снова только с сообщениями; ранг отправляет не больше
# `2 * (world_size - 1)` длин самого длинного куска. Можно вызвать свои `reduce_scatter` и `all_gather`.
# (При проверке вместо них стоят верные, и вызываются они так же, как ваши: одна ошибка стоит одного
# задания.)
#
# Копии суммы на всех рангах должны совпадать **до последнего бита**. Само собой это не получается:
# если бы каждый ранг сам складывал все части, начиная со своей, ранги округляли бы по-разному, и веса,
# обновлённые по таким суммам, разошлись бы.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `x`, результат | `(n,)` | (23,) |
#
# **Прежде чем запускать:** почему кольцо даёт одинаковые копии? Кто складывает кусок 2 и сколько раз
# это делается?

# %% task="ring.all_reduce"
# %%task ring.all_reduce
### BEGIN SOLUTION
def all_reduce(rank, world_size, x):
    chunk = reduce_scatter(rank, world_size, x)
    return all_gather(rank, world_size, chunk, len(x))
### END SOLUTION

# %% check="ring.all_reduce"
check("ring.all_reduce")
### BEGIN HIDDEN TESTS
exam("ring.all_reduce")
### END HIDDEN TESTS

# %% given="ring.all_reduce.shown" tags=["only-shows"]
# %%after ring
run = on_ranks("ring.all_reduce", x=[torch.randn(n) for _ in range(world_size)])
print("Equal to the last bit:", all(torch.equal(run[0]["total"], run[r]["total"]) for r in range(world_size)))
for r, (sent, received) in enumerate(run.moved):
    print(f"rank {r}: {sent} numbers sent, {received} received")

# %% [markdown] lang="en" attach="column-ranks"
# ## 2. A column-parallel layer on N ranks
#
# ![Column-parallel on N ranks: each has all of X and its rows of W; an all-gather makes Y whole, an all-reduce dX](attachment:column-ranks.svg)
#
# From here on the library's collectives are yours to use. The layer is `Y = X Wᵀ + b`, the loss the
# mean of `(Y - Y_gt)²` over all `batch_size * out_features` numbers. Rank r has its rows of `W` (its
# output channels), its piece of `b`, and all of `X` and `Y_gt`.
#
# *Forward:* each rank makes its own columns of `Y`; an **all-gather** gives every rank all of them.
# *Backward:* each rank takes its own columns of `dY`. Every input channel fed all output channels, so
# each rank has only a part of the sum that `dX` is: an **all-reduce** adds the parts. The gradients of
# `W` and `b` stay where they are.
#
# ### 2.1 `column.step` (4 points)
#
# Write `column_step(rank, world_size, X, W, b, Y_gt, lr)`: one step, forward, backward and SGD. Return
# `Y, dX, dW, db, W, b` in this order (or a dict with these names), `W` and `b` as they are after the
# step.
#
# | Name | Shape | On rank 0 here |
# |---|---|---|
# | `X`, `dX` | `(batch_size, in_features)` | (2, 256) |
# | `Y`, `Y_gt` | `(batch_size, out_features)` | (2, 192) |
# | `W`, `dW` | `(own, in_features)` | (48, 256) |
# | `b` | `(1, own)` | (1, 48) |
# | `db` | `(own,)` | (48,) |
#
# `own` is `len(W)`: the rows from `out_features * rank // world_size` on. The ranks' columns may differ
# in number, and not every backend gathers tensors of different shapes: pad them to the widest,
# `-(-out_features // world_size)` columns, and cut the padding off afterwards. What goes into a
# collective has to lie in memory without gaps (`.contiguous()`).
#
# `dist.all_reduce(t)` writes the sum into `t` and returns `None`; with `async_op=True` it returns a
# handle, and the sum is there only after `handle.wait()`. `dist.all_gather(parts, t)` fills a list of
# tensors.
#
# **A worked example.** Two ranks, `X = [[1, 2]]`, `W = [[1, 0], [0, 1]]`, `b = 0`, `Y_gt = 0`. Rank 0
# makes `Y[:, 0] = 1`, rank 1 `Y[:, 1] = 2`; gathered `Y = [[1, 2]]` and `dY = 2 Y / 2 = [[1, 2]]`. Rank
# 0's part of `dX` is `1 · [1, 0] = [1, 0]`, rank 1's is `2 · [0, 1] = [0, 2]`; the sum is `[1, 2]`.
#
# **Before you run it:** if the all-reduce of `dX` is forgotten, which of the six results are wrong?
# Would a look at the loss find it?
#
# <details><summary>A hint</summary>
#
# `F.pad(Y_own, (0, widest - len(W)))` pads on the right. `dY` is known on every rank, because `Y` and
# `Y_gt` are: take `dY[:, edges[rank] : edges[rank + 1]]`.
#
# </details>

# %% [markdown] lang="ru" of="05bb62f2" attach="column-ranks"
# ## 2. Слой по столбцам на N рангах
#
# ![По столбцам на N рангах: у каждого весь X и свои строки W; all-gather собирает Y, all-reduce складывает dX](attachment:column-ranks.svg)
#
# С этого места можно пользоваться коллективными операциями библиотеки. Слой — `Y = X Wᵀ + b`, функция
# потерь — среднее `(Y - Y_gt)²` по всем `batch_size * out_features` числам. У ранга r есть свои строки
# `W` (свои выходные каналы), своя часть `b` и целиком `X` и `Y_gt`.
#
# *Прямой проход:* каждый ранг считает свои столбцы `Y`, **all-gather** отдаёт каждому все.
# *Обратный проход:* каждый ранг берёт свои столбцы `dY`. Каждый входной канал участвовал во всех
# выходных, поэтому у ранга есть лишь слагаемое той суммы, которой равен `dX`: **all-reduce** складывает
# слагаемые. Градиенты `W` и `b` остаются на своих местах.
#
# ### 2.1 `column.step` (4 балла)
#
# Напишите `column_step(rank, world_size, X, W, b, Y_gt, lr)`: один шаг — прямой проход, обратный и SGD.
# Верните `Y, dX, dW, db, W, b` в этом порядке (или словарь с этими именами), `W` и `b` — уже после
# шага.
#
# | Имя | Размер | На ранге 0 здесь |
# |---|---|---|
# | `X`, `dX` | `(batch_size, in_features)` | (2, 256) |
# | `Y`, `Y_gt` | `(batch_size, out_features)` | (2, 192) |
# | `W`, `dW` | `(own, in_features)` | (48, 256) |
# | `b` | `(1, own)` | (1, 48) |
# | `db` | `(own,)` | (48,) |
#
# `own` — это `len(W)`: строки начиная с `out_features * rank // world_size`. Столбцов у рангов может
# быть разное число, а тензоры разного размера собирает не каждый бэкенд: дополните их до самого
# широкого, `-(-out_features // world_size)` столбцов, а потом отрежьте лишнее. То, что идёт в
# коллективную операцию, должно лежать в памяти без пропусков (`.contiguous()`).
#
# `dist.all_reduce(t)` записывает сумму в сам `t` и возвращает `None`; с `async_op=True` он возвращает
# handle, и сумма есть только после `handle.wait()`. `dist.all_gather(parts, t)` заполняет список
# тензоров.
#
# **Пример.** Два ранга, `X = [[1, 2]]`, `W = [[1, 0], [0, 1]]`, `b = 0`, `Y_gt = 0`. У ранга 0 выходит
# `Y[:, 0] = 1`, у ранга 1 — `Y[:, 1] = 2`; собранный `Y = [[1, 2]]`, и `dY = 2 Y / 2 = [[1, 2]]`.
# Слагаемое ранга 0 для `dX` — `1 · [1, 0] = [1, 0]`, ранга 1 — `2 · [0, 1] = [0, 2]`; сумма — `[1, 2]`.
#
# **Прежде чем запускать:** если забыть all-reduce для `dX`, какие из шести результатов будут неверны?
# Видно ли это по функции потерь?
#
# <details><summary>Подсказка</summary>
#
# `F.pad(Y_own, (0, widest - len(W)))` дополняет справа. `dY` известен каждому рангу, потому что
# известны `Y` и `Y_gt`: возьмите `dY[:, edges[rank] : edges[rank + 1]]`.
#
# </details>

# %% task="column.step"
# %%task column.step
### BEGIN SOLUTION
def column_step(rank, world_size, X, W, b, Y_gt, lr):
    batch_size, out_features = Y_gt.shape
    edges = [out_features * r // world_size for r in range(world_size + 1)]
    # en: forward: own columns, padded to one width, gathered, and cut to what they are
    # ru: прямой проход: свои столбцы, дополненные до одной ширины, собраны и обрезаны
    Y_own = X @ W.T + b
    widest = -(-out_features // world_size)
    padded = F.pad(Y_own, (0, widest - len(W)))
    parts = [torch.empty_like(padded) for _ in range(world_size)]
    dist.all_gather(parts, padded)
    Y = torch.cat([parts[r][:, : edges[r + 1] - edges[r]] for r in range(world_size)], 1)
    # en: backward: own columns of dY; dX is a sum over all ranks
    # ru: обратный проход: свои столбцы dY; dX — сумма по всем рангам
    dY = 2 * (Y - Y_gt) / (batch_size * out_features)
    dY_own = dY[:, edges[rank] : edges[rank + 1]]
    dX = dY_own @ W
    dist.all_reduce(dX)
    dW = dY_own.T @ X
    db = dY_own.sum(0)
    return Y, dX, dW, db, W - lr * dW, b - lr * db
### END SOLUTION

# %% check="column.step"
check("column.step")
### BEGIN HIDDEN TESTS
exam("column.step")
### END HIDDEN TESTS

# %% [markdown] lang="en"
# Does the cut layer do what `nn.Linear` does? Only here, and only to compare, are the ranks' parts
# joined.

# %% [markdown] lang="ru" of="8b72f096"
# Делает ли разбитый слой то же, что `nn.Linear`? Только здесь и только для сравнения части рангов
# соединяются.

# %% given="reference"
linear = nn.Linear(in_features, out_features)
with torch.no_grad():
    linear.weight.copy_(W)
    linear.bias.copy_(b[0])
X_t = X.clone().requires_grad_()
Y_pred = linear(X_t)
((Y_pred - Y_gt) ** 2).mean().backward()
torch.optim.SGD(linear.parameters(), lr=lr).step()

# %% given="column.compare" tags=["only-shows"]
# %%after column
run = on_ranks("column.step", X=X, W=parts_of(W, world_size, 0), b=parts_of(b, world_size, 1), Y_gt=Y_gt, lr=lr)
W_all = torch.cat([run[r]["W"] for r in range(world_size)])
b_all = torch.cat([run[r]["b"] for r in range(world_size)], 1)
print(f"Max diff to nn.Linear: Y {(run[0]['Y'] - Y_pred).abs().max():.1e}, dX {(run[0]['dX'] - X_t.grad).abs().max():.1e}, "
      f"W {(W_all - linear.weight).abs().max():.1e}, b {(b_all - linear.bias).abs().max():.1e}")
for r, (sent, received) in enumerate(run.moved):
    print(f"rank {r}: {sent} numbers sent, {received} received; its shard of W has {run[r]['W'].numel()}")

# %% [markdown] lang="en" attach="row-ranks"
# ## 3. A row-parallel layer on N ranks
#
# ![Row-parallel on N ranks: each has its columns of X and of W; an all-reduce makes Y, then b is added once](attachment:row-ranks.svg)
#
# Now the input channels are divided. Rank r has its columns of `W` and of `X`, and all of `b` and
# `Y_gt`.
#
# *Forward:* each rank makes a part of the sum for **every** number of `Y`; an **all-reduce** adds the
# parts. The bias is added once. *Backward:* nothing crosses: every rank has all of `dY`, makes `dX` for
# its own input channels, and the same `db` as all others.
#
# ### 3.1 `row.step` (4 points)
#
# Write `row_step(rank, world_size, X, W, b, Y_gt, lr)`, which returns `Y, dX, dW, db, W, b` as before.
# `b` is a replica: it has to be equal to the last bit on all ranks after the step.
#
# | Name | Shape | On rank 0 here |
# |---|---|---|
# | `X`, `dX` | `(batch_size, own)` | (2, 64) |
# | `Y`, `Y_gt` | `(batch_size, out_features)` | (2, 192) |
# | `W`, `dW` | `(out_features, own)` | (192, 64) |
# | `b` | `(1, out_features)` | (1, 192) |
# | `db` | `(out_features,)` | (192,) |
#
# **Before you run it:** what comes out if every rank adds `b` before the all-reduce? And what if rank 0
# alone does? This looked like a bug to a reader of one inference engine, who reported it. Was it one?
#
# <details><summary>A hint</summary>
#
# Forward is `X @ W.T`, one all-reduce, `+ b`. If a part of it is wrong, `check` says how often `b` is in
# `Y`, or whose parts are missing.
#
# </details>

# %% [markdown] lang="ru" of="f120c1a0" attach="row-ranks"
# ## 3. Слой по строкам на N рангах
#
# ![По строкам на N рангах: у каждого свои столбцы X и W; all-reduce даёт Y, затем один раз прибавляется b](attachment:row-ranks.svg)
#
# Теперь делятся входные каналы. У ранга r есть свои столбцы `W` и `X` и целиком `b` и `Y_gt`.
#
# *Прямой проход:* каждый ранг считает слагаемое для **каждого** числа в `Y`, **all-reduce** складывает
# слагаемые. Смещение прибавляется один раз. *Обратный проход:* ничего не передаётся: у каждого ранга
# есть весь `dY`, он считает `dX` для своих входных каналов и такой же `db`, как все.
#
# ### 3.1 `row.step` (4 балла)
#
# Напишите `row_step(rank, world_size, X, W, b, Y_gt, lr)`; она возвращает `Y, dX, dW, db, W, b`, как и
# прежде. `b` — копия: после шага она должна совпадать на всех рангах до последнего бита.
#
# | Имя | Размер | На ранге 0 здесь |
# |---|---|---|
# | `X`, `dX` | `(batch_size, own)` | (2, 64) |
# | `Y`, `Y_gt` | `(batch_size, out_features)` | (2, 192) |
# | `W`, `dW` | `(out_features, own)` | (192, 64) |
# | `b` | `(1, out_features)` | (1, 192) |
# | `db` | `(out_features,)` | (192,) |
#
# **Прежде чем запускать:** что получится, если каждый ранг прибавит `b` до all-reduce? А если только
# ранг 0? Читателю кода одного движка инференса это показалось ошибкой, и он о ней сообщил. Была ли это
# ошибка?
#
# <details><summary>Подсказка</summary>
#
# Прямой проход — это `X @ W.T`, один all-reduce и `+ b`. Если что-то в нём не так, `check` скажет,
# сколько раз `b` вошло в `Y` или чьих слагаемых не хватает.
#
# </details>

# %% task="row.step"
# %%task row.step
### BEGIN SOLUTION
def row_step(rank, world_size, X, W, b, Y_gt, lr):
    batch_size, out_features = Y_gt.shape
    # en: forward: parts of the same numbers, added; then the bias, once
    # ru: прямой проход: слагаемые одних и тех же чисел складываются; затем один раз смещение
    Y = X @ W.T
    dist.all_reduce(Y)
    Y = Y + b
    # en: backward: every rank has all of dY, and nothing crosses
    # ru: обратный проход: весь dY есть у каждого ранга, ничего не передаётся
    dY = 2 * (Y - Y_gt) / (batch_size * out_features)
    dX = dY @ W
    dW = dY.T @ X
    db = dY.sum(0)
    return Y, dX, dW, db, W - lr * dW, b - lr * db
### END SOLUTION

# %% check="row.step"
check("row.step")
### BEGIN HIDDEN TESTS
exam("row.step")
### END HIDDEN TESTS

# %% given="row.compare" tags=["only-shows"]
# %%after row
run = on_ranks("row.step", X=parts_of(X, world_size, 1), W=parts_of(W, world_size, 1), b=b, Y_gt=Y_gt, lr=lr)
W_all = torch.cat([run[r]["W"] for r in range(world_size)], 1)
dX_all = torch.cat([run[r]["dX"] for r in range(world_size)], 1)
print(f"Max diff to nn.Linear: Y {(run[0]['Y'] - Y_pred).abs().max():.1e}, dX {(dX_all - X_t.grad).abs().max():.1e}, "
      f"W {(W_all - linear.weight).abs().max():.1e}, b {(run[0]['b'] - linear.bias).abs().max():.1e}")
print("Are the bias replicas equal:", all(torch.equal(run[0]["b"], run[r]["b"]) for r in range(world_size)))
for r, (sent, received) in enumerate(run.moved):
    print(f"rank {r}: {sent} numbers sent, {received} received; its shard of W has {run[r]['W'].numel()}")

# %% [markdown] lang="en"
# ## 4. What it costs
#
# The given cell runs *your* functions of section 1 on 2, 4 and 8 ranks and counts the numbers that
# leave each rank. Look at it, and find the rule.

# %% [markdown] lang="ru" of="8d6728c6"
# ## 4. Сколько это стоит
#
# Ячейка ниже выполняет *ваши* функции из раздела 1 на 2, 4 и 8 рангах и считает числа, которые
# отправляет каждый ранг. Посмотрите на них и найдите закономерность.

# %% given="cost.measured" tags=["only-shows"]
# %%after ring
def average_sent(task, **given):
    sent = [left for left, _ in on_ranks(task, **given).moved]
    print(f"{len(sent)} ranks  {task:20} sent by each {sent}, on average {sum(sent) / len(sent):g}")


for ranks in (2, 4, 8):
    x = [torch.randn(n) for _ in range(ranks)]
    average_sent("ring.all_reduce", x=x)
    average_sent("ring.all_gather", chunk=parts_of(x[0], ranks), n=n)
    average_sent("ring.reduce_scatter", x=x)

# %% [markdown] lang="en"
# ### 4.1 `cost.predict` (1 point)
#
# Write `predict(n, world_size)`: how many numbers leave a rank, on average over the ranks, in an
# all-reduce, an all-gather and a reduce-scatter of `n` numbers in all. Return three plain numbers in
# this order (or a dict with the names `all_reduce`, `all_gather`, `reduce_scatter`). They may be
# fractions: don't round.
#
# **Before you run it:** with twice as many ranks, does a rank send twice as much? What does it tend to
# as `world_size` grows? (Patarasuk and Yuan, 2009: no algorithm for an all-reduce sends less.)

# %% [markdown] lang="ru" of="8c88ba11"
# ### 4.1 `cost.predict` (1 балл)
#
# Напишите `predict(n, world_size)`: сколько чисел в среднем отправляет ранг при all-reduce, all-gather
# и reduce-scatter, если всего чисел `n`. Верните три обычных числа в этом порядке (или словарь с
# именами `all_reduce`, `all_gather`, `reduce_scatter`). Они могут быть дробными, округлять не нужно.
#
# **Прежде чем запускать:** если рангов вдвое больше, отправит ли ранг вдвое больше? К чему стремится
# это число с ростом `world_size`? (Patarasuk и Yuan, 2009: меньше не отправляет ни один алгоритм
# all-reduce.)

# %% task="cost.predict"
# %%task cost.predict
### BEGIN SOLUTION
def predict(n, world_size):
    # en: in each of world_size - 1 turns one chunk, n / world_size numbers on average
    # ru: на каждом из world_size - 1 шагов один кусок, в среднем n / world_size чисел
    half = (world_size - 1) * n / world_size
    return 2 * half, half, half
### END SOLUTION

# %% check="cost.predict"
check("cost.predict")
### BEGIN HIDDEN TESTS
exam("cost.predict")
### END HIDDEN TESTS

# %% given="cost.compared" tags=["only-shows"]
# %%after ring cost
for ranks in (2, 4, 8):
    predicted = on_ranks("cost.predict", n=[n] * ranks)[0]
    sent = [left for left, _ in on_ranks("ring.all_reduce", x=[torch.randn(n) for _ in range(ranks)]).moved]
    print(f"{ranks} ranks: all-reduce predicted {predicted['all_reduce']:g}, measured {sum(sent) / ranks:g}")

# %% [markdown] lang="en" attach="hang"
# ## 5. A program that waits for ever
#
# `hangs` is to take the mean of all `n` numbers away from them. Each rank has its part `x` of them, adds
# its own numbers up, and the sums go round the ring. It never ends. It isn't called here: read it,
# copy it into the task's cell, and let `check` name the ranks and lines that wait.
#
# ![Who waits for whom: an arrow from each rank to the one it waits for; a circle never ends](attachment:hang.svg)
#
# A hang is a circle, or a rank that has gone home: everybody waits for somebody who waits, or for one
# who will never come. On real ranks you see nothing but silence, and after half an hour a timeout.

# %% [markdown] lang="ru" of="eb2e8d1f" attach="hang"
# ## 5. Программа, которая ждёт вечно
#
# `hangs` должна вычесть из всех `n` чисел их среднее. У каждого ранга есть своя часть `x`, он
# складывает свои числа, и суммы идут по кольцу. Кончиться она не может. Здесь она не вызывается:
# прочитайте её, скопируйте в ячейку задания, и пусть `check` назовёт ранги и строки, которые ждут.
#
# ![Кто кого ждёт: стрелка от каждого ранга к тому, кого он ждёт; круг не кончается никогда](attachment:hang.svg)
#
# Зависание — это круг или ранг, который уже ушёл домой: все ждут того, кто ждёт сам, или того, кто не
# придёт. На настоящих рангах видна только тишина, а через полчаса — тайм-аут.

# %% given="hangs"
def hangs(rank, world_size, x, n):
    if len(x) == 0:
        return x  # no numbers, nothing to do
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    total = x.sum()
    passed = total
    for _ in range(world_size - 1):
        dist.send(passed, right)
        arrived = torch.empty_like(passed)
        dist.recv(arrived, left)
        total = total + arrived
        passed = arrived
    return x - total / n

# %% [markdown] lang="en"
# ### 5.1 `debug.hang` (2 points)
#
# Repair it as `centred(rank, world_size, x, n)`. It returns this rank's part of the numbers less the
# mean of all `n`. Two things are wrong with it; the second shows only where there are fewer numbers than
# ranks, so that some ranks have none. You may use any call.
#
# | Name | Shape | Here |
# |---|---|---|
# | `x`, the result | `(n * (rank + 1) // world_size - n * rank // world_size,)` | (5,) on rank 0, else (6,) |
#
# **Before you run it:** with `n = 1` on 3 ranks, who has the number, and what do the others do?

# %% [markdown] lang="ru" of="01cb3eb4"
# ### 5.1 `debug.hang` (2 балла)
#
# Почините её под именем `centred(rank, world_size, x, n)`. Она возвращает часть этого ранга, из которой
# вычтено среднее всех `n` чисел. Неправильно в ней два места; второе видно только тогда, когда чисел
# меньше, чем рангов, и у некоторых рангов их нет. Пользоваться можно любыми вызовами.
#
# | Имя | Размер | Здесь |
# |---|---|---|
# | `x`, результат | `(n * (rank + 1) // world_size - n * rank // world_size,)` | (5,) на ранге 0, иначе (6,) |
#
# **Прежде чем запускать:** если `n = 1`, а рангов 3, у кого это число и что делают остальные?

# %% task="debug.hang"
# %%task debug.hang
### BEGIN SOLUTION
def centred(rank, world_size, x, n):
    right, left = (rank + 1) % world_size, (rank - 1) % world_size
    # en: a rank without numbers has the sum 0, and takes part all the same
    # ru: у ранга без чисел сумма 0, но участвует он наравне со всеми
    total = x.sum()
    passed = total
    for _ in range(world_size - 1):
        arrived = torch.empty_like(passed)
        sending = dist.isend(passed, right)
        dist.recv(arrived, left)
        sending.wait()
        total = total + arrived
        passed = arrived
    return x - total / n
### END SOLUTION

# %% check="debug.hang"
check("debug.hang")
### BEGIN HIDDEN TESTS
exam("debug.hang")
### END HIDDEN TESTS

# %% given="debug.hang.shown" tags=["only-shows"]
# %%after debug
on_ranks("debug.hang", x=parts_of(torch.tensor([1.0, 2.0]), 3), n=2)

# %% [markdown] lang="en"
# ## 6. The same functions on real processes
#
# So far no process was started. Nothing in your functions knows that: they take `rank` and
# `world_size` and call `torch.distributed`. So the same text runs on real ranks. `run_on_processes` starts
# `world_size` processes on this machine (the backend is gloo, or nccl where each rank can have a GPU of its
# own), joins them with `init_process_group`, calls your function in each, and brings back what it returned.
# The first run waits some seconds until each process has loaded torch; they stay for the next runs and end
# with this notebook. Nothing here earns points.
#
# **Before you run it:** will the sum of your ring be equal to the library's `dist.all_reduce` to the last bit?

# %% [markdown] lang="ru" of="519fce68"
# ## 6. Те же функции в настоящих процессах
#
# До сих пор ни один процесс не запускался. Ваши функции об этом ничего не знают: они принимают `rank`
# и `world_size` и вызывают `torch.distributed`. Поэтому тот же самый текст работает и на настоящих
# рангах. `run_on_processes` запускает на этой машине `world_size` процессов (бэкенд — gloo, а если каждому
# рангу хватает своей GPU, то nccl), соединяет их через `init_process_group`, вызывает в каждом вашу функцию
# и возвращает то, что вернула она. Первый запуск ждёт несколько секунд, пока каждый процесс загрузит torch;
# для следующих запусков процессы остаются, а завершаются они вместе с ноутбуком. Баллов за это нет.
#
# **Прежде чем запускать:** совпадёт ли сумма вашего кольца с библиотечным `dist.all_reduce` до последнего
# бита?

# %% given="processes.ring" tags=["only-shows"]
# %%after ring
from grader.processes import run_on_processes


def library_all_reduce(x):
    dist.all_reduce(x)
    return x


xs = [torch.randn(n) for _ in range(world_size)]
yours = run_on_processes(all_reduce, makes=["total"], x=xs)
library = run_on_processes(library_all_reduce, makes=["total"], x=xs)
print("Replicas equal to the last bit:", all(torch.equal(yours[0]["total"], yours[r]["total"]) for r in range(world_size)))
print(f"Max diff to dist.all_reduce: {(yours[0]['total'] - library[0]['total']).abs().max():.1e}")
yours

# %% [markdown] lang="en"
# And the layers, beside PyTorch's own tensor parallelism: `ColwiseParallel` and `RowwiseParallel` cut an
# `nn.Linear` over the ranks, and autograd, through `DTensor`, finds out by itself what has to cross. The
# table has its numbers and its collectives beside yours.
#
# **Before you run it:** which collectives will PyTorch call for a column-parallel step, and which for a
# row-parallel one? How many numbers does a rank hand in?

# %% [markdown] lang="ru" of="0da5ccf4"
# А теперь слои — рядом с тензорным параллелизмом самого PyTorch: `ColwiseParallel` и `RowwiseParallel`
# разбивают `nn.Linear` между рангами, а autograd через `DTensor` сам выясняет, что нужно передать. В таблице
# его числа и коллективные операции стоят рядом с вашими.
#
# **Прежде чем запускать:** какие коллективные операции вызовет PyTorch для шага по столбцам, а какие — по
# строкам? Сколько чисел отдаёт каждый ранг?

# %% given="processes.pytorch" tags=["only-shows"]
# %%after column
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module


def pytorch_step(world_size, cut, X, W, b, Y_gt, lr):
    mesh = init_device_mesh(X.device.type, (world_size,))
    layer = nn.Linear(in_features=W.shape[1], out_features=W.shape[0], device=X.device)
    with torch.no_grad():
        layer.weight.copy_(W)
        layer.bias.copy_(b[0])
    # here every rank has all of W and X, so each keeps its part and nothing is sent
    style = ColwiseParallel(output_layouts=Replicate()) if cut == "column" else RowwiseParallel()
    parallelize_module(layer, mesh, style, src_data_rank=None)
    X = X.clone() if cut == "column" else distribute_tensor(X, mesh, [Shard(1)], src_data_rank=None)
    X.requires_grad_()

    Y = layer(X)
    ((Y - Y_gt) ** 2).mean().backward()
    W, b = layer.weight, layer.bias
    with torch.no_grad():
        made = dict(Y=Y, dX=X.grad, dW=W.grad, db=b.grad, W=W - lr * W.grad, b=b - lr * b.grad)
        return {name: t.to_local() if isinstance(t, DTensor) else t.clone() for name, t in made.items()}


# %% given="processes.column" tags=["only-shows"]
# %%after column
from grader.processes import run_on_processes, side_by_side

made = ("Y", "dX", "dW", "db", "W", "b")
yours = run_on_processes(column_step, makes=made, X=X, W=parts_of(W, world_size), b=parts_of(b, world_size, 1), Y_gt=Y_gt, lr=lr)
pytorchs = run_on_processes(pytorch_step, cut="column", X=X, W=W, b=b, Y_gt=Y_gt, lr=lr, world_size=world_size)
side_by_side(yours, pytorchs)

# %% given="processes.row" tags=["only-shows"]
# %%after row
yours = run_on_processes(row_step, makes=made, X=parts_of(X, world_size, 1), W=parts_of(W, world_size, 1), b=b, Y_gt=Y_gt, lr=lr)
pytorchs = run_on_processes(pytorch_step, cut="row", X=X, W=W, b=b, Y_gt=Y_gt, lr=lr, world_size=world_size)
side_by_side(yours, pytorchs)

# %% [markdown] lang="en"
# The same values, and the same collectives: all-gather and all-reduce for the column-parallel layer, one
# all-reduce for the row-parallel one.
#
# Two things are stricter on real ranks than in the check. gloo takes only parts of one shape in
# `all_gather`. And keep the handle of `isend` and wait for it: a message whose handle is gone may never be
# sent, and a rank that waits for it waits until the time is over. What you read then names each rank and its
# line. Try it: leave out a `wait()`, or let a rank `return` early.
#
# To use more than one machine, put a function into a file of its own and let `torchrun` start the ranks.
# Each machine starts its own, and all meet at one address:
#
# ```python
# import torch.distributed as dist
#
# dist.init_process_group("gloo")    # "nccl" where each rank has a GPU
# rank, world_size = dist.get_rank(), dist.get_world_size()
# ...                                # your function, and the call: shift(rank, world_size, x)
# dist.destroy_process_group()
# ```
#
# `torchrun --nproc-per-node 4 my_file.py` starts four ranks here. On two machines:
# `torchrun --nnodes 2 --nproc-per-node 2 --node-rank 0 --master-addr ADDRESS --master-port 29500 my_file.py`,
# and `--node-rank 1` on the other one. What a machine needs for all this, and what each option means, is on
# the course's page docs/processes.md.

# %% [markdown] lang="ru" of="e6d7e74f"
# Значения те же, и коллективные операции те же: all-gather и all-reduce у слоя по столбцам, один all-reduce
# у слоя по строкам.
#
# В двух случаях на настоящих рангах строже, чем при проверке. В `all_gather` gloo принимает только части
# одинаковой формы. И сохраняйте handle, который отдаёт `isend`, и ждите его: сообщение, от которого handle
# не осталось, может так и не уйти, и ранг, который его ждёт, прождёт, пока не выйдет время. Тогда вы
# прочитаете, на какой строке стоит каждый ранг. Попробуйте: уберите `wait()` или пусть какой-нибудь ранг
# сделает `return` раньше.
#
# Чтобы использовать несколько машин, запишите функцию в отдельный файл, а ранги пусть запустит `torchrun`.
# Каждая машина запускает свои, и все встречаются по одному адресу:
#
# ```python
# import torch.distributed as dist
#
# dist.init_process_group("gloo")    # "nccl", если у каждого ранга есть своя GPU
# rank, world_size = dist.get_rank(), dist.get_world_size()
# ...                                # ваша функция и её вызов: shift(rank, world_size, x)
# dist.destroy_process_group()
# ```
#
# `torchrun --nproc-per-node 4 my_file.py` запускает четыре ранга здесь. На двух машинах:
# `torchrun --nnodes 2 --nproc-per-node 2 --node-rank 0 --master-addr АДРЕС --master-port 29500 my_file.py`,
# а на второй — `--node-rank 1`. Что для всего этого нужно на машине и что означает каждый параметр, сказано на
# странице курса docs/ru/processes.md.

# %% [markdown] lang="en"
# ## What to take with you
#
# - A collective is no magic: an all-reduce is a reduce-scatter and an all-gather, each `world_size - 1`
#   turns of a ring with a chunk in each message. A rank sends `2 (N - 1)/N · n` numbers, less than `2 n`
#   however many ranks there are.
# - All ranks have to make the same calls in the same order, also those that have nothing to give. A rank
#   that returns early, or calls in another order, leaves the others waiting.
# - What is a sum over ranks has to be added (`Y` of a row-parallel layer, `dX` of a column-parallel one),
#   what is whole on every rank must not be (`db` of a row-parallel layer), and what is added to a sum
#   belongs in it once (the bias).
# - A forgotten all-reduce of `dX` leaves the loss, `Y`, `dW` and `db` of this layer right: only the layer
#   below it would learn something wrong. Test every gradient.
# - Replicas stay equal if every rank steps with the same bits, not with numbers that are nearly the same.

# %% [markdown] lang="ru" of="910d52a4"
# ## Что унести с собой
#
# - В коллективных операциях нет волшебства: all-reduce — это reduce-scatter и all-gather, каждый по
#   `world_size - 1` шагов кольца с одним куском в сообщении. Ранг отправляет `2 (N - 1)/N · n` чисел —
#   меньше `2 n`, сколько бы рангов ни было.
# - Все ранги делают одни и те же вызовы в одном и том же порядке — и те, кому отдать нечего. Ранг, который
#   вернулся раньше или вызывает в другом порядке, заставляет остальных ждать вечно.
# - То, что является суммой по рангам, нужно складывать (`Y` слоя по строкам, `dX` слоя по столбцам); то,
#   что целиком есть у каждого, складывать нельзя (`db` слоя по строкам); а то, что к сумме прибавляют,
#   входит в неё один раз (смещение).
# - Забытый all-reduce для `dX` не портит ни функцию потерь, ни `Y`, `dW` и `db` этого слоя: неверному
#   научился бы только слой под ним. Проверяйте каждый градиент.
# - Копии остаются равными, если каждый ранг делает шаг с одними и теми же битами, а не с почти такими же
#   числами.
