"""A lab whose tasks are functions that N ranks run: a column-parallel and a row-parallel layer, whole and in steps."""
