"""What must hold at the end, as lines of a table."""

import bisect
import statistics

HEALTH_LIMIT_MS = 50
# A short run is a test of what is lost, on a machine that others may use; times are judged in a long one.
JUDGED_SECONDS = 600
# A life shorter than this says nothing about growth; its first quarter is the model's loading and the first recordings.
LIFE_SECONDS = 45
GROWTH = 1.10
GROWTH_MB = 16


def texts(store, expected):
    """Lines about the recordings: `expected` are the texts by (device, date, block) of all healthy ones."""
    found = {}
    doubled = 0
    for row in store.rows("vibe_whisper", ["device_id", "date", "time_block", "transcription"]):
        place = row["device_id"], row["date"], row["time_block"]
        doubled += place in found
        found[place] = row["transcription"]
    lost = [place for place in expected if not found.get(place)]
    twice = [place for place, text in expected.items() if found.get(place) == text + "\n" + text or found.get(place) == text + text]
    other = [place for place, text in expected.items() if found.get(place) not in (None, "", text) and place not in twice]
    ledger = [row["object_key"] for row in store.rows("transcription_ledger", ["object_key"])]
    doubled += len(twice) + len(ledger) - len(set(ledger))
    yield "lost", f"{len(lost)} of {len(expected)} {lost[:3] or ''}", not lost
    yield "doubled", f"{doubled}", doubled == 0
    yield "with another text", f"{len(other)} {[(place, found[place]) for place in other[:3]] or ''}", not other


def claims(store, healthy):
    rows = store.rows("transcription_claims", ["object_key", "state", "attempts", "last_error"])
    rows = [row for row in rows if row["object_key"] in healthy]
    quarantined = [row for row in rows if row["state"] == "quarantined"]
    stuck = [row for row in rows if row["state"] not in ("completed", "quarantined")]
    repeated = sum(row["attempts"] for row in rows) - len(rows)
    yield "healthy and quarantined", f"{len(quarantined)} {quarantined[:3] or ''}", not quarantined
    yield "claims left open", f"{len(stuck)} {stuck[:3] or ''}", not stuck
    yield "attempts repeated", f"{repeated}", None


def health(path, away, is_judged):
    """Lines about `/health`, but while the service was `away`: (from, until) of each kill. Its time counts if it `is_judged`."""
    took, failed = [], []
    for line in path.read_text().splitlines():
        when, result = line.split(" ", 1)
        when = float(when)
        if any(begin - 0.1 <= when <= end for begin, end in away):
            continue
        if result[0].isdigit():
            took.append(float(result))
        elif not any(when <= begin for begin, _ in away if begin - when < 5):
            failed.append(result)
    took.sort()
    at = lambda share: took[min(int(len(took) * share), len(took) - 1)]
    yield "/health without an answer", f"{len(failed)} of {len(took) + len(failed)} {failed[:3] or ''}", not failed
    figures = f"p50 {at(0.5):.1f}, p90 {at(0.9):.1f}, p99 {at(0.99):.1f}, max {took[-1]:.0f} ms"
    yield f"/health p99 below {HEALTH_LIMIT_MS} ms", figures, at(0.99) < HEALTH_LIMIT_MS if is_judged else None


def memory(processes):
    for process in processes:
        lives = [life for life in process.lives if life and life[-1][0] - life[0][0] >= LIFE_SECONDS]
        if not lives:
            yield f"memory of {process.name}", f"not measured: no life of {LIFE_SECONDS} s", None
            continue
        growths = []
        for life in lives:
            times = [when for when, _ in life]
            cut = [bisect.bisect(times, times[0] + (times[-1] - times[0]) * share) for share in (0.25, 0.5, 0.75)]
            early, late = (statistics.median(mb for _, mb in life[slice(*ends)]) for ends in (cut[:2], (cut[2], None)))
            growths.append((late - max(early * GROWTH, early + GROWTH_MB), early, late))
        worst, early, late = max(growths)
        yield f"memory of {process.name} is flat", f"{early:.0f} MB, later {late:.0f} MB", worst <= 0


def print_table(lines):
    width = max(len(what) for what, _, _ in lines)
    print()
    for what, figure, holds in lines:
        print(f"{ {True: 'ok   ', False: 'FAIL ', None: '     '}[holds]} {what:<{width}}  {figure}")
    return all(holds is not False for _, _, holds in lines)
