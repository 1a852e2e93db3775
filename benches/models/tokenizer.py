"""Writes the tokens of a model as the `tokenizer.json` that faster-whisper reads, without a download."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers


def write(tokens: list[bytes], special: list[str], path: Path) -> list[str]:
    """Writes the file and returns the whole vocabulary, in order."""
    letters = _letters()
    vocabulary = {_shown(token, letters): rank for rank, token in enumerate(tokens)}
    merges = [(_shown(left, letters), _shown(right, letters)) for left, right in _merges(tokens)]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in special])
    tokenizer.save(str(path))
    return [*vocabulary, *special]


def _letters() -> list[str]:
    """The letter that stands for each byte: itself where it is printable, else one from 256 on."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    spare = iter(range(256, 512))
    return [chr(byte if byte in printable else next(spare)) for byte in range(256)]


def _shown(token: bytes, letters: list[str]) -> str:
    return "".join(letters[byte] for byte in token)


def _merges(tokens: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """What is merged to each token, in order: its bytes are merged by lower ranks until two parts are left."""
    ranks = {token: rank for rank, token in enumerate(tokens)}
    for rank, token in enumerate(tokens):
        parts = [bytes([byte]) for byte in token]
        while len(parts) > 2:
            best, at = min((ranks.get(a + b, rank), at) for at, (a, b) in enumerate(pairwise(parts)))
            if best >= rank:
                break
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        if len(parts) == 2:
            yield parts[0], parts[1]
