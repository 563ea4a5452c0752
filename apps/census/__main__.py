"""`python apps/census …`: the census from its folder, without installing anything."""

from census.__main__ import main

if __name__ == "__main__":
    main()
