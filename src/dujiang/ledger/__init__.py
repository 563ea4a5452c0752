"""The log and its proofs: tree arithmetic, signed notes and checkpoints, stored entries, receipts, exports."""
