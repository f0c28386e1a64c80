"""A stranger: a client written from Proto/WIRE.md alone, which says right things and wrong ones."""
