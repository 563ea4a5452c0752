"""Readers: streams of bytes become records and broken places, in order, with bounded memory, and nothing stops them."""
