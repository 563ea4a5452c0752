"""Entries to worth, shares and statements; exact sums."""
