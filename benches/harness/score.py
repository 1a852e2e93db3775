"""Scores of a contender on a case: errors where somebody speaks, inventions where nobody does."""

from collections.abc import Callable
from dataclasses import dataclass

from harness import reading
from harness.accuracy import Edits, edits, has_stock_phrase, letters, words
from harness.clip import Case, Clip, Sound
from harness.contender import Heard


@dataclass(frozen=True)
class Rate:
    """Edits, and the number of letters or words that were said."""

    edits: Edits
    said: int

    @property
    def share(self) -> float:
        return self.edits.total / self.said


@dataclass(frozen=True)
class Inventions:
    """Text written where nobody speaks."""

    clips: int
    with_text: int
    letters: int


@dataclass(frozen=True)
class Score:
    heard: Heard
    # By letter; by word in a language with blanks; by kana where the reading is known. None where nothing is rated.
    letter_errors: Rate | None
    word_errors: Rate | None
    kana_errors: Rate | None
    rated: int
    spoken: int
    # Clips in which somebody speaks and nothing was written.
    lost: int
    # Clips with a stock phrase that nobody said.
    stock_phrases: int
    inventions: dict[Sound, Inventions]


def score(case: Case, heard: Heard) -> Score:
    """Scores a run, by reading too where the dictionary for it is installed."""
    pairs = list(zip(case.clips, heard.texts, strict=True))
    spoken = [(clip, text) for clip, text in pairs if clip.is_spoken]
    rated = [(clip, text) for clip, text in spoken if clip.is_rated]
    has_words = case.language != "ja"
    kana_errors = None
    if reading.is_available() and all(clip.kana for clip, _ in rated):
        kana_errors = _rate([([clip.kana or ""], reading.kana(text)) for clip, text in rated], letters)
    return Score(
        heard,
        letter_errors=_rate([(list(clip.texts), text) for clip, text in rated], letters),
        word_errors=_rate([(list(clip.texts), text) for clip, text in rated], words) if has_words else None,
        kana_errors=kana_errors,
        rated=len(rated),
        spoken=len(spoken),
        lost=sum(not letters(text) for _, text in spoken),
        stock_phrases=sum(has_stock_phrase(text) and not has_stock_phrase(clip.text) for clip, text in pairs),
        inventions=_inventions([(clip, text) for clip, text in pairs if not clip.is_spoken]),
    )


def _rate(pairs: list[tuple[list[str], str]], units: Callable[[str], str | list[str]]) -> Rate | None:
    """Sums up edits; of several accepted texts, the one nearest to what was heard counts."""
    total, said = Edits(), 0
    for texts, heard in pairs:
        found = units(heard)
        nearest = min(((edits(units(text), found), len(units(text))) for text in texts), key=lambda it: it[0].total)
        total, said = total + nearest[0], said + nearest[1]
    return Rate(total, said) if said else None


def _inventions(pairs: list[tuple[Clip, str]]) -> dict[Sound, Inventions]:
    found = {}
    for sound in Sound:
        texts = [text for clip, text in pairs if clip.sound is sound]
        if texts:
            written = [letters(text) for text in texts]
            found[sound] = Inventions(len(texts), sum(map(bool, written)), sum(map(len, written)))
    return found
