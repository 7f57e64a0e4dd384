"""Logins: those that docker and podman store, in files and credential helpers; read-only."""
