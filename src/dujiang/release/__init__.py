"""Disclosure rules, output checks, the entry that lets an answer out, receipts."""
