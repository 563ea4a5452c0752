"""`python -m dujiang.doors`: the command line without the installed script."""

from dujiang.doors.cli import main

main()
