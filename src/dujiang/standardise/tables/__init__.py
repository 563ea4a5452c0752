"""Table maps: a hospital's own tables become standard ones by a document in YAML that a data engineer can read; no SQL in it, none by it."""
