"""Allow, deny, revoke: what a person wishes, its place in the log, and the mask that follows."""
