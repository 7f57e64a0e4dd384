"""What earlier runs put where, in a file of SQLite."""
