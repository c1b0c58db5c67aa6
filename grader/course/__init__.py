"""A class of submissions: taking them in, grading them with stock nbgrader, writing the results."""
