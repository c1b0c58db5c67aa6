# loses: manual.update
# mistake: gradient-reshaped
# why: dW put into shape by view (a mistake of the catalogue in other words)

# %% manual.update
W_manual = W - lr * dW.reshape(W.shape)
b_manual = b - lr * db
