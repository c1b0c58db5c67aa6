"""The wall around a student's kernel, and what the system gives for it."""
