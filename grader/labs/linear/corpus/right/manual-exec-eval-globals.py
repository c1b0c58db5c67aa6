# why: manual: exec, eval, globals

# %% manual.gradients

exec("dX = dY @ W")
dW, db = eval("X.T @ dY"), eval("dY.sum(0)")

# %% manual.update

for name, value, grad in (("W", W, dW.T), ("b", b, db)):
    globals()[f"{name}_manual"] = value - lr * grad
