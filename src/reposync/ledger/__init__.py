"""The ledger of earlier runs, in an SQLite file."""
