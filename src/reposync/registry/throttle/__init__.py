"""How much one host is asked: slots, rates, pauses, pull quotas, the circuit breaker."""
