"""`python -m dujiang.doors`: the command line without the installed script."""

from dujiang.doors.cli import main

if __name__ == "__main__":  # a forked party looks in here by another name
    main()
