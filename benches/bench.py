"""Measures this project's engine and its peers, in turn and repeatedly, and writes docs/benchmarks.md.

Run it by script/bench, which makes what is needed.
"""

import argparse
import os
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

from harness import cases, contenders, document, machine, material, process, report
from harness.choice import some_of
from harness.clip import Case
from harness.contender import Contender, Place
from harness.results import Result

ROOT = Path(__file__).parent.parent

# The sound, as the document describes it.
MATERIALS = {"corpus": "real sound, of the folder of `WATCHME_CORPUS`", "made": "a neural voice from packages, and noise by arithmetic"}


def main() -> None:
    arguments = _arguments()
    place = Place(ROOT, machine.threads())
    chosen = [it for it in contenders.ALL if it.name in arguments.peers or it.name == contenders.OURS]
    corpus = os.environ.get("WATCHME_CORPUS")
    sound = material.load(Path(corpus) if corpus else None, ROOT / "target" / "corpus")
    # Hours of samples are made in a process of their own: the peak of what is measured begins with the memory of
    # the process that starts it.
    with ProcessPoolExecutor(1) as maker:
        made = maker.submit(cases.make, place.bench / "inputs", sound, arguments.only, is_quick=arguments.quick)
        inputs = made.result()
    # Read once: a commit while this runs for hours changes nothing of what is measured.
    versions = machine.versions(place)
    sections: list[str] = []
    for case in inputs:
        sections.append(report.case_section(case, _measure(case, chosen, place, arguments.repeat)))
        print(sections[-1], flush=True)
        document.write(
            arguments.output,
            command=" ".join(["script/bench", *sys.argv[1:]]),
            date=date.today().isoformat(),
            material=MATERIALS[sound.name],
            repeat=arguments.repeat,
            threads=place.threads,
            machine=machine.machine(),
            versions=versions,
            contenders=chosen,
            sections=sections,
            notes=(ROOT / "benches" / "notes.md").read_text(),
        )


def _measure(case: Case, chosen: list[Contender], place: Place, repeat: int) -> list[Result]:
    """Everybody once, then everybody again: what disturbs the machine for a while disturbs all."""
    results = [Result(case, contender) for contender in chosen]
    # Who needs longer than the recording, and a while to load, is no use on this machine.
    limit_seconds = 600 + case.seconds
    for turn in range(1, repeat + 1):
        for result in results:
            if result.failure is not None:
                continue
            work = place.bench / "work"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            try:
                heard = result.contender.hear(case, place, work, limit_seconds)
            except process.Failed as failed:
                result.failure = str(failed)
                print(f"{case.name} {result.contender.name}: {failed}", file=sys.stderr)
                continue
            result.runs.append(heard)
            result.loads.append(machine.load())
            seconds = f"{heard.cost.wall_seconds:.1f} s, CPU {heard.cost.cpu_seconds:.1f} s"
            print(f"{case.name} {turn}/{repeat} {result.contender.name}: {seconds}", file=sys.stderr)
    return results


def _arguments() -> argparse.Namespace:
    names = [it.name for it in contenders.ALL]
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short inputs, which say less")
    parser.add_argument("--only", type=some_of(cases.NAMES), default=list(cases.NAMES), metavar="CASE,...")
    parser.add_argument("--peers", type=some_of(names), default=names, metavar="NAME,...", help=", ".join(names))
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks.md", metavar="FILE")
    arguments = parser.parse_args()
    if arguments.repeat < 1:
        parser.error("--repeat is at least 1")
    return arguments


if __name__ == "__main__":
    main()
