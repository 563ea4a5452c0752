"""Vocabularies a node loads for itself: an Athena download or the hospital's own lists, sealed, versioned by content, never handed on."""
