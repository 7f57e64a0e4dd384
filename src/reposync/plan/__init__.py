"""Deciding what a run does, before anything is done."""
