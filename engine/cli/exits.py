"""What the command says to the shell that called it (DESIGN.md 12)."""

FINE = 0
PROBLEMS_FOUND = 1
WRONG_USAGE = 2
COULD_NOT_START = 3
BUG = 70
