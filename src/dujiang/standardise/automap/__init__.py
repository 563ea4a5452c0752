"""Auto-mapping looks at a raw table and proposes what its columns mean and where they belong; a steward confirms, nobody else decides."""
