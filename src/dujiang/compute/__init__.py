"""Query model, engines, secure sum, tasks, and the only types that cross the wall."""
