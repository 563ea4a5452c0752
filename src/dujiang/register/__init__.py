"""Assets and rights: versions under a content hash, grades confirmed, hold, process and operate registered."""
