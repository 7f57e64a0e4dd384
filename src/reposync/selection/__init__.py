"""Selection: which tags and repositories a line of the file means. Texts in, names out; no I/O."""
