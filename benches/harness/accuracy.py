"""How far a text is from what was said."""

import numpy as np


def cleaned(text: str) -> str:
    """Without white space, which Japanese does not have and each engine puts somewhere else."""
    return "".join(text.split())


def mistakes(said: str, heard: str) -> int:
    """Characters that are wrong, missing or too many: the Levenshtein distance of the cleaned texts."""
    wanted, got = (np.array([ord(letter) for letter in cleaned(text)], np.int32) for text in (said, heard))
    steps = np.arange(len(got) + 1)
    row = steps
    for index, letter in enumerate(wanted, 1):
        replaced = row[:-1] + (got != letter)
        without_insertions = np.concatenate(([index], np.minimum(row[1:] + 1, replaced)))
        # An insertion is a step to the right for 1: the cheapest place to have started from.
        row = np.minimum.accumulate(without_insertions - steps) + steps
    return int(row[-1])
