"""Policy packs: one YAML file each, versioned, holding rules for grades, sensitive codes and what each grade demands."""
