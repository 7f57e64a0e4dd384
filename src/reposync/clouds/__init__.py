"""Registries of clouds: who we are there, by each vendor's own library, and repositories made."""
