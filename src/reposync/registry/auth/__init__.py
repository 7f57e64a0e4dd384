"""Authorization: challenges, tokens, and what became of credentials."""
