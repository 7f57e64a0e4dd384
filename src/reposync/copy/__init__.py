"""One image and all that it needs, from one source to many destinations."""
