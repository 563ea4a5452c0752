"""The one way in: who calls, all acts, and the performance of an act as one transaction with its entry."""
