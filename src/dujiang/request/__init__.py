"""Requests, reviews and permits: one table of moves, who reviews which grade, what exactly is allowed."""
