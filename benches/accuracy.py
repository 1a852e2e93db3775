"""Compares what this project and its peers write with what was said, and writes docs/accuracy.md and the table of README.md.

Run it by script/accuracy, which makes what is needed.
"""

import argparse
import os
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

from harness import accuracy_document, clip, contenders, gate, machine, readme_table
from harness.accuracy_document import section
from harness.cache import Cache
from harness.choice import some_of
from harness.clip import Case
from harness.contender import Contender, Heard, Place
from harness.score import Score, score

ROOT = Path(__file__).parent.parent
MADE = ROOT / "target" / "corpus"
BOUNDS = ROOT / "benches" / "bounds.toml"
DOCUMENT = ROOT / "docs" / "accuracy.md"

DEFAULT = (contenders.OURS, "faster-whisper", "faster-whisper-beam5", "faster-whisper-batched")


def main() -> int:
    arguments = _arguments()
    place = Place(ROOT, machine.threads())
    chosen = [it for it in contenders.ALL if it.name in arguments.contenders]
    versions = machine.versions(place)
    cache = Cache(place.bench / "heard", versions[1:])
    bounds = gate.read(BOUNDS) if arguments.gate else {}
    sections: list[str] = []
    broken: list[str] = []
    all_scores: dict[str, dict[str, Score]] = {}
    # A dictionary is large, and scoring needs it: the peak of what is measured begins with the memory of the process that starts it.
    with ProcessPoolExecutor(1) as scorer:
        for case in _cases(arguments, bounds):
            scores: dict[str, Score] = {}
            for contender in chosen:
                heard = _heard(case, contender, place, cache)
                scores[contender.name] = scorer.submit(score, case, heard).result()
                print(f"{case.name} {contender.name}: CPU {heard.cost.cpu_seconds:.1f} s", file=sys.stderr)
            all_scores[case.name] = scores
            sections.append(section(case, scores))
            print(sections[-1], end="\n\n", flush=True)
            broken += gate.broken(case.name, scores[contenders.OURS], bounds.get(case.name, {}))
    today = date.today().isoformat()
    if arguments.output == DOCUMENT:
        readme_table.write(ROOT / "README.md", date=today, machine=machine.machine(), scores=all_scores)
    if arguments.output:
        accuracy_document.write(
            arguments.output,
            command=" ".join(["script/accuracy", *sys.argv[1:]]),
            date=today,
            machine=machine.machine(),
            load=machine.load(),
            versions=versions,
            contenders=chosen,
            sections=sections,
        )
    for line in broken:
        print(f"error: {line}", file=sys.stderr)
    return 1 if broken else 0


def _cases(arguments: argparse.Namespace, bounds: gate.Bounds) -> list[Case]:
    """Those of the corpus, and those that are made: the gate takes the latter where there is no corpus."""
    corpus = os.environ.get("WATCHME_CORPUS")
    cases = [case for manifest in sorted(Path(corpus).glob("*.json")) for case in clip.read(manifest)] if corpus else []
    if corpus and not cases:
        raise SystemExit(f"error: {corpus} has no manifests\nhint: WATCHME_CORPUS names a folder of *.json")
    if not (cases and arguments.gate):
        cases += [case.renamed(f"made-{case.name}") for manifest in sorted(MADE.glob("*.json")) for case in clip.read(manifest)]
    wanted = arguments.manifests or list(bounds)
    names = [case.name for case in cases]
    # A gate that measures nothing must not pass.
    if arguments.gate and not any(name in bounds for name in names):
        raise SystemExit(f"error: {BOUNDS.name} has no bounds for {', '.join(names)}\nhint: add a section for one of them")
    if unknown := set(arguments.manifests or []) - set(names):
        raise SystemExit(f"error: no manifest {', '.join(sorted(unknown))}\nhint: there are {', '.join(names)}")
    return [case.shortened(arguments.limit) for case in cases if not wanted or case.name in wanted]


def _heard(case: Case, contender: Contender, place: Place, cache: Cache) -> Heard:
    def hear() -> Heard:
        work = place.bench / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        # Far more than anybody needs, on a machine that others use too.
        return contender.hear(case, place, work, 600 + 10 * case.seconds)

    # This project changes from build to build, and hears anew.
    return hear() if contender.name.startswith(contenders.OURS) else cache.heard(case, contender, hear)


def _arguments() -> argparse.Namespace:
    names = [it.name for it in contenders.ALL]
    parser = argparse.ArgumentParser(prog="script/accuracy", description=__doc__.splitlines()[0])
    parser.add_argument("--manifests", type=lambda names: names.split(","), metavar="NAME,...", help="only these")
    parser.add_argument("--contenders", type=some_of(names), default=list(DEFAULT), metavar="NAME,...", help=", ".join(names))
    parser.add_argument("--limit", type=int, metavar="N", help="at most so many clips of each manifest")
    parser.add_argument("--gate", action="store_true", help="compare watchme alone with benches/bounds.toml; 1 where a bound is broken")
    parser.add_argument("--output", type=Path, default=DOCUMENT, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.gate:
        if arguments.limit is not None:
            parser.error("bounds are of whole manifests: --gate takes no --limit")
        arguments.contenders, arguments.output = [contenders.OURS], None
    elif contenders.OURS not in arguments.contenders:
        arguments.contenders.insert(0, contenders.OURS)
    return arguments


if __name__ == "__main__":
    sys.exit(main())
