"""Versions: what the ranges of other tools mean, written as expressions over whole tags.

Each tool has its own dialect of semver, and none is ours. A range becomes intervals on the line of
all versions, and these become regular expressions that fit exactly the tags that the tool takes.
"""
