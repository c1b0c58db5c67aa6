"""Pictures of a student's run: who held the weights, what crossed between the devices, and what lies where."""

from grader.pictures.picture import Picture, picture, picture_of

__all__ = ["Picture", "picture", "picture_of"]
