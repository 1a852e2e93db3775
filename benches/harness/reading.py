"""How a Japanese text is read, so that 暑い for 熱い is no error."""

from importlib.util import find_spec


def is_available() -> bool:
    return find_spec("pyopenjtalk") is not None


def kana(text: str) -> str:
    import pyopenjtalk

    return str(pyopenjtalk.g2p(text, kana=True)) if text.strip() else ""
