"""HTTP/1.1 over asyncio behind one protocol; knows nothing of registries."""
