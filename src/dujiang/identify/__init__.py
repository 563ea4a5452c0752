"""Who is who: matching records within a node, and pseudonyms of persons across nodes and projects."""
