# why: column: terms broadcast and added up

# %% column.forward

Y_gpu1 = (X_gpu1.unsqueeze(1) * W_gpu1.unsqueeze(0)).sum(-1) + b_gpu1
Y_gpu2 = (X_gpu2.unsqueeze(1) * W_gpu2.unsqueeze(0)).sum(-1) + b_gpu2
Y = torch.cat((Y_gpu1, Y_gpu2), 1)
