"""Doors through which live sources come in: listeners for what is sent, and readers of what is asked for."""
