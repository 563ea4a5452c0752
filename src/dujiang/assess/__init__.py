"""How good and how sensitive: quality checks as data, grades from a policy pack, and what each grade demands."""
