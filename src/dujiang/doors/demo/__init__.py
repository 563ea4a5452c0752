"""The demo: a hub and three hospitals as real processes, one question asked across them, one answer with its proof."""
