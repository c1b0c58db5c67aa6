# why: column: foreach

# %% column.update
torch._foreach_add_([W_gpu1, W_gpu2, b_gpu1, b_gpu2], [dW_gpu1.T, dW_gpu2.T, db_gpu1[None], db_gpu2[None]], alpha=-lr)
