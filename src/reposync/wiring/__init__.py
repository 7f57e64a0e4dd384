"""The composition root: the one room that knows all the parts, and puts them together."""
