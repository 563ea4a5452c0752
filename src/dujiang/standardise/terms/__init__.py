"""Free-text diagnoses become codes: offline, deterministic, with a probability, and with what is doubtful left to a reviewer."""
