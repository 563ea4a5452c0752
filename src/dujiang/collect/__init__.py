"""Collecting: sources with their zones, readers of what they deliver, and arrivals that land once and whole."""
