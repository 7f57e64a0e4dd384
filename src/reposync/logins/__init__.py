"""Logins: what docker and podman keep for their users, in files and by helpers; only read."""
