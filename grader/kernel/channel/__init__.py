"""How a kernel that may be hostile is talked to."""
