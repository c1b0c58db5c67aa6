"""The judge: replays the trace of a student's cell on values of its own and decides.

Pure functions over plain data: nothing here runs a student's code, knows Jupyter, or imports another room.
"""
