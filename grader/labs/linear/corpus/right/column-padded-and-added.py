# why: column: padded and added

# %% column.forward

Y1 = nn.functional.pad(X_gpu1 @ W_gpu1.T + b_gpu1, (0, out_ch - part_size))
Y2 = nn.functional.pad(X_gpu2 @ W_gpu2.T + b_gpu2, (part_size, 0))
Y = Y1 + Y2
