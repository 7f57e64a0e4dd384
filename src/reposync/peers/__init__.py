"""Peers: the files of other tools that keep registries in step, read into ours, written from it."""
