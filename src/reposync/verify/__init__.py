"""Proving that the destinations hold what the file asks for, by reading alone."""
