"""The labs: each one folder that holds all that knows it. `grader.lab.registry` finds them."""
