"""A class graded by stock nbgrader, several submissions at once."""
