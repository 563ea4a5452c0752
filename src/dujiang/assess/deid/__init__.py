"""Takes from a table what tells who somebody is, by a recipe that is recorded, and measures what risk and how much use are left."""
