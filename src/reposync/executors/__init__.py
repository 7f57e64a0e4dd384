"""Executors: decisions in, outcomes out; where the work is done is their matter."""
