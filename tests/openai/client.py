"""The official Python client of OpenAI against a running service.

Run by script/test-openai: client.py URL KEY OTHER_KEY RECORDINGS. OTHER_KEY is used up at the end.
"""

import io
import json
import pathlib
import sys

import openai

url, key, other_key, recordings = sys.argv[1:]
recordings = pathlib.Path(recordings)
spoken = {entry["file"]: entry["text"] for entry in json.loads((recordings / "manifest.json").read_text())}
client = openai.OpenAI(base_url=url, api_key=key, max_retries=0)


def transcribe(file, by=client, **options):
    options = {"model": "whisper-1", **options}
    return by.audio.transcriptions.create(file=recordings / file, **options)


def refused(expected, status, code, call):
    """The exception of `call`, which must be this one."""
    try:
        answer = call()
    except expected as error:
        assert type(error) is expected, error
        assert (error.status_code, error.code) == (status, code), error
        assert error.message and error.request_id, error
        return error
    raise AssertionError(f"no {expected.__name__}: {answer!r}")


def each_format():
    for file, language in (("ja-01.wav", "japanese"), ("en-01.wav", "english")):
        text = spoken[file]
        answer = transcribe(file)
        assert answer.text == text, answer
        assert answer.usage.type == "duration" and answer.usage.seconds == 3, answer
        assert transcribe(file, response_format="json", language=language[:2]).text == text
        verbose = transcribe(file, response_format="verbose_json", timestamp_granularities=["segment"], temperature=0)
        assert (verbose.language, verbose.text) == (language, text), verbose
        assert 2 < verbose.duration < 3, verbose
        assert "".join(segment.text for segment in verbose.segments).strip() == text, verbose
        for index, segment in enumerate(verbose.segments):
            assert segment.id == index and 0 <= segment.start < segment.end < 4, segment
            assert -1 < segment.avg_logprob <= 0 and 0 < segment.compression_ratio < 2.4, segment
            assert 0 <= segment.no_speech_prob < 0.6 and segment.tokens == [], segment
        assert transcribe(file, response_format="text") == f"{text}\n"
        srt, vtt = (transcribe(file, response_format=format) for format in ("srt", "vtt"))
        assert srt.startswith("1\n00:00:00,") and " --> " in srt, srt
        assert vtt.startswith("WEBVTT\n\n00:00:00.") and " --> " in vtt, vtt


def a_stream():
    for file in ("ja-01.wav", "en-01.wav"):
        events = list(transcribe(file, stream=True, prompt="watch"))
        *deltas, done = events
        assert [event.type for event in deltas] == ["transcript.text.delta"] * len(deltas), events
        assert (done.type, done.text) == ("transcript.text.done", spoken[file]), events
        assert "".join(event.delta for event in deltas) == done.text, events


def models():
    names = [model.id for model in client.models.list()]
    assert names == ["synth-tiny", "whisper-1"], names
    assert client.models.retrieve("whisper-1").object == "model"
    refused(openai.NotFoundError, 404, "model_not_found", lambda: client.models.retrieve("tts-1"))
    assert transcribe("ja-01.wav", model="synth-tiny").text == spoken["ja-01.wav"]


def refusals():
    def create(file, **options):
        return client.audio.transcriptions.create(**{"file": file, "model": "whisper-1", **options})

    text = ("notes.wav", b"This is no recording, whatever its name says.\n" * 100)
    refused(openai.BadRequestError, 400, "invalid_value", lambda: create(text))
    refused(openai.BadRequestError, 400, "invalid_value", lambda: create(text, stream=True))
    empty = ("empty.wav", b"")
    assert refused(openai.BadRequestError, 400, "invalid_value", lambda: create(empty)).param == "file"
    cut = ("cut.wav", (recordings / "ja-01.wav").read_bytes()[:20])
    refused(openai.BadRequestError, 400, "invalid_value", lambda: create(cut))
    large = io.BytesIO((recordings / "long-en.wav").read_bytes())
    refused(openai.APIStatusError, 413, None, lambda: create(("long.wav", large)))
    refused(openai.NotFoundError, 404, "model_not_found", lambda: transcribe("ja-01.wav", model="gpt-4o-transcribe"))
    words = {"response_format": "verbose_json", "timestamp_granularities": ["word"]}
    refused(openai.BadRequestError, 400, "unsupported_value", lambda: transcribe("ja-01.wav", **words))
    stranger = client.with_options(api_key="watchme_wrong")
    refused(openai.AuthenticationError, 401, "invalid_api_key", lambda: transcribe("ja-01.wav", by=stranger))
    refused(openai.AuthenticationError, 401, "invalid_api_key", stranger.models.list)


def too_often():
    busy = client.with_options(api_key=other_key)

    def ask():
        for _ in range(1000):
            busy.models.list()

    error = refused(openai.RateLimitError, 429, "rate_limit_exceeded", ask)
    assert int(error.response.headers["retry-after"]) > 0


for test in (each_format, a_stream, models, refusals, too_often):
    test()
    print(f"ok    python  {test.__name__}")
