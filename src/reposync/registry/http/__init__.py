"""HTTP/1.1 over connections of our own: what a registry client needs of it, and no more."""
