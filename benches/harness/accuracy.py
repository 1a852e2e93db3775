"""Distance of a text from what was said: texts are normalised, and edits counted."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Farewells and credits of videos, which Whisper learned to write where nobody speaks.
STOCK_PHRASES = (
    "ご視聴ありがとうございま",
    "ご清聴ありがとうございま",
    "最後までご視聴",
    "チャンネル登録",
    "高評価",
    "次回の動画",
    "次の動画",
    "また次回",
    "字幕",
    "初音ミク",
    "thankyouforwatching",
    "thanksforwatching",
    "pleasesubscribe",
    "subtitlesby",
    "amaraorg",
)


@dataclass(frozen=True)
class Edits:
    """Numbers of edits that turn one text into another."""

    replaced: int = 0
    missing: int = 0
    inserted: int = 0

    @property
    def total(self) -> int:
        return self.replaced + self.missing + self.inserted

    def __add__(self, other: "Edits") -> "Edits":
        return Edits(self.replaced + other.replaced, self.missing + other.missing, self.inserted + other.inserted)


def letters(text: str) -> str:
    """Returns letters and digits alone: NFKC, case folded, without blanks, punctuation and symbols."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if _counts(letter))


def words(text: str) -> list[str]:
    """Splits a text of a language with blanks: an apostrophe joins, all other punctuation separates."""
    joined = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("'", "")
    return "".join(letter if _counts(letter) else " " for letter in joined.casefold()).split()


def has_stock_phrase(text: str) -> bool:
    spoken = letters(text)
    return any(phrase in spoken for phrase in STOCK_PHRASES)


def edits(said: Sequence[str], heard: Sequence[str]) -> Edits:
    """Counts the fewest edits from what was said to what was heard, by letter or by word."""
    numbers = {unit: number for number, unit in enumerate({*said, *heard})}
    wanted, got = (np.array([numbers[unit] for unit in units], np.int32) for units in (said, heard))
    # Costs and insertions of the cheapest way to each place, in one number each: of two ways that cost the same, the one with
    # fewer insertions.
    scale = np.int64(len(wanted) + len(got) + 1)
    insertion = scale + 1
    steps = np.arange(len(got) + 1) * insertion
    row = steps
    for index, unit in enumerate(wanted, 1):
        replaced = row[:-1] + (got != unit) * scale
        without_insertions = np.concatenate(([index * scale], np.minimum(row[1:] + scale, replaced)))
        # An insertion is a step to the right: the cheapest place to have started from.
        row = np.minimum.accumulate(without_insertions - steps) + steps
    total, inserted = divmod(int(row[-1]), int(scale))
    # Lengths differ by what was inserted and what is missing.
    missing = len(wanted) - len(got) + inserted
    return Edits(total - inserted - missing, missing, inserted)


def _counts(letter: str) -> bool:
    # Letters, marks and numbers. The mark of a long vowel is a letter, and part of a word.
    return unicodedata.category(letter)[0] in "LMN"
