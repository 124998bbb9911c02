"""Find the known word that is nearest to each misspelt one."""

from __future__ import annotations

import sys

from _editdistance import distance

WORDS = ("anchor", "ballast", "compass", "halyard", "jettison", "keel", "rudder", "windlass")


def nearest(word: str) -> str:
    """The known word with the fewest edits; the first of them where several are as near."""
    return min(WORDS, key=lambda known: distance(word, known))


def main() -> int:
    """Print one line for each word on the command line."""
    for word in sys.argv[1:]:
        guess = nearest(word)
        sys.stdout.write(f"{word} -> {guess} ({distance(word, guess)} edits)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
