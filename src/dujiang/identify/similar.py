"""Whether two spellings are one slip of the pen apart: a letter wrong, missing, added, or two neighbours swapped."""

LEAST = 4  # in shorter words one slip makes another name


def one_edit_apart(a: str, b: str) -> bool:
    """Damerau's distance of exactly one between words of at least four letters."""
    if a == b or min(len(a), len(b)) < LEAST or abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    x, y = a[start:], b[start:]
    if len(x) == len(y):
        return x[1:] == y[1:] or (x[:2] == y[1::-1] and x[2:] == y[2:])
    return x[1:] == y or x == y[1:]
