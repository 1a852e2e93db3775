"""Puts the service under everything at once, and says what became of it. Run by script/soak."""

import argparse
import contextlib
import datetime
import http.client
import json
import multiprocessing
import os
import signal
import socket
import sys
import time

import judge
from load import Load
from ways import Way, crowd, start, watch_health
from world import ROOT, World, wait_until

CROWD = 2000
CLIPS = [f"ja-0{n}.wav" for n in range(1, 9)]
LONG = "long-ja.wav"
# A recording that no engine reads is no healthy one: it is given up, and nothing else with it.
BROKEN = b"Somebody named this audio.wav.\n"
OUTAGE_SECONDS = 60
SLOT_SECONDS = 130
AHEAD = 12
APART = 0.5


class Soak:
    def __init__(self, binaries, minutes):
        self.seconds = minutes * 60
        self.world = World(binaries, Way)
        self.port = free_port()
        self.expected, self.healthy, self.broken = {}, set(), set()
        self.number = 0
        self.lines, self.away, self.unready, self.deaths = [], [], [], []
        self.adds = True
        self.next_look = self.next_add = 0.0

    def prepare(self):
        world = self.world
        recordings = ROOT / "models/recordings"
        self.texts = world.transcribe([recordings / name for name in [*CLIPS, LONG]])
        self.audio = {name: (recordings / name).read_bytes() for name in [*CLIPS, LONG]}
        world.start(self.port)
        self.wait_for_health()
        self.opened = multiprocessing.Value("Q", 0)
        self.health_log = world.home / "health"
        # Before any thread: a fork copies one.
        self.helpers = [start(crowd, self.port, CROWD, self.opened), start(watch_health, self.port, self.health_log)]
        self.load = Load(self.port, [(name, self.audio[name]) for name in CLIPS], self.texts, self.day)
        self.load.start()

    def day(self):
        return place(max(self.number - 1, 0))[:2]

    def add(self):
        """One more recording, and its row."""
        number, self.number = self.number, self.number + 1
        device, date, block = place(number)
        key = f"files/{device}/{date}/{block}/audio.wav"
        name = LONG if number % 40 == 20 else CLIPS[number % len(CLIPS)]
        is_broken = number % 25 == 24
        self.world.put(key, BROKEN if is_broken else self.audio[name])
        hour, minute = map(int, block.split("-"))
        zone = datetime.timezone(datetime.timedelta(hours=9))
        self.world.store.add(device, key, datetime.datetime.fromisoformat(date).replace(hour=hour, minute=minute, tzinfo=zone))
        if is_broken:
            self.broken.add(key)
        else:
            self.healthy.add(key)
            self.expected[device, date, block] = self.texts[name]

    def done(self):
        rows = self.world.store.rows("audio_files", ["file_path", "transcriptions_status"])
        return sum(row["transcriptions_status"] == "completed" and row["file_path"] in self.healthy for row in rows)

    def tick(self):
        """What goes on beside everything: new recordings, figures, and a look at who died by himself."""
        now = time.monotonic()
        for process in self.world.processes:
            if process.has_died():
                self.deaths.append(f"{process.name}: status {process.child.returncode}")
                process.start()
        if now >= self.next_look:
            self.next_look = now + 1
            for process in self.world.processes:
                process.measure()
        if self.adds and now >= self.next_add:
            self.next_add = now + APART
            if len(self.healthy) - self.done() < AHEAD:
                self.add()
        time.sleep(0.1)

    def go_on(self, seconds, holds=lambda: False):
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            if holds():
                return True
            self.tick()
        return False

    def ask(self, path, timeout=15):
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
            with contextlib.closing(connection):
                connection.request("GET", path)
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
        return None, ""

    def wait_for_health(self):
        wait_until("the service answers", lambda: self.ask("/health", 2)[0] == 200)

    def kill(self, process):
        self.away.append([time.monotonic(), float("inf")])
        process.kill()
        process.start()
        self.wait_for_health()
        self.away[-1][1] = time.monotonic()

    def kill_worker(self, process):
        process.kill()
        process.start()

    def freeze(self, process, seconds):
        process.freeze()
        self.go_on(seconds)
        process.thaw()

    def outage(self, what, leave, come_back, seconds, words, each_look=lambda: None):
        """Something is gone for a while: `/ready` says so meanwhile, by one of the words, and not afterwards."""
        leave()
        answers = []

        def says_so():
            each_look()
            status, body = self.ask("/ready")
            answers.append((status, body))
            return status == 503 and any(word in failing(body) for word in words)

        began = time.monotonic()
        try:
            said = self.go_on(max(seconds, 30), says_so)
            self.go_on(seconds - (time.monotonic() - began), lambda: each_look())
        finally:
            come_back()
        if not said:
            self.unready.append(f"{what}: {answers[-1][0]} {failing(answers[-1][1])}")
        if not self.go_on(60, lambda: self.ask("/ready")[0] == 200):
            self.unready.append(f"{what}: not ready again: {failing(self.ask('/ready')[1])}")

    def events(self):
        """All that happens, in turn: a name, and what does it within some seconds."""
        world = self.world
        yield "server killed", lambda _: self.kill(world.server)
        yield "worker killed", lambda _: self.kill_worker(world.workers[0])
        yield "bucket gone", lambda seconds: self.outage("bucket gone", world.bucket_way.cut, world.bucket_way.mend, seconds, ["bucket"])
        yield "other worker killed", lambda _: self.kill_worker(world.workers[1])
        yield "store gone", self.store_gone
        yield "worker frozen", lambda seconds: self.freeze(world.workers[0], seconds)
        yield "disk full", self.disk_full
        yield "bucket hangs", lambda seconds: self.outage("bucket hangs", world.bucket_way.hang, world.bucket_way.mend, seconds, ["source", "bucket"])

    def store_gone(self, seconds):
        self.adds = False
        self.outage("store gone", self.world.store.leave, self.world.store.come_back, seconds, ["store", self.world.store.told_as])
        self.adds = True

    def disk_full(self, seconds):
        disk = self.world.disk
        if not disk.is_own:
            return print("skipped: a full disk needs a file system of its own, and that needs root")
        self.adds = not self.world.store.fails_with_disk
        self.outage("disk full", disk.fill, disk.empty, seconds, ["space"], disk.fill)
        self.adds = True

    def run(self):
        began = time.monotonic()
        events = list(self.events())
        rounds = max(1, round(self.seconds / (len(events) * SLOT_SECONDS)))
        slot = self.seconds / rounds / len(events)
        self.go_on(10)
        for number in range(rounds * len(events)):
            name, event = events[number % len(events)]
            print(f"{time.monotonic() - began:5.0f} s  {name}; {self.done()} of {len(self.healthy)} done", flush=True)
            event(min(OUTAGE_SECONDS, slot / 2))
            self.go_on(began + (number + 1) * slot - time.monotonic())
        print(f"{time.monotonic() - began:5.0f} s  no more recordings", flush=True)
        self.adds = False
        self.go_on(300, lambda: self.done() == len(self.healthy))
        self.load.stop()
        print(f"{time.monotonic() - began:5.0f} s  {self.done()} of {len(self.healthy)} done", flush=True)

    def judge(self):
        world, load = self.world, self.load
        yield from judge.texts(world.store, self.expected)
        yield from judge.claims(world.store, self.healthy)
        yield from judge.health(self.health_log, self.away, self.seconds >= judge.JUDGED_SECONDS)
        yield from judge.memory(world.processes)
        yield "/ready tells what is gone", f"{self.unready or 'each time'}", not self.unready
        yield "processes that died by themselves", f"{self.deaths or 0}", not self.deaths
        panics = [line for process in world.processes for line in process.log.read_text().splitlines() if "panicked" in line]
        yield "panics in the logs", f"{len(panics)} {panics[:2] or ''}", not panics
        in_trouble = lambda when: any(begin <= when <= end + 5 for begin, end in self.away)
        wrong = [text for when, text in load.wrong if not in_trouble(when)]
        yield "wrong answers", f"{len(wrong)} {wrong[:3] or ''}", not wrong
        answers = ", ".join(f"{count} × {what}" for what, count in sorted(load.answers.items()))
        yield "answers", f"{answers}, {load.events} events", None
        yield "idle connections opened", f"{self.opened.value}", self.opened.value >= CROWD
        yield "kills", ", ".join(f"{process.name} {process.kills}" for process in world.processes), None


def failing(body):
    """What `/ready` finds wrong, in its words."""
    checks = json.loads(body)["checks"] if body else []
    return "; ".join(f"{check['subject']}: {check['finding']}" for check in checks if check["verdict"] == "fail")


def place(number):
    day, slot = number // 48, number % 48
    return f"device-{day // 28}", f"2025-07-{day % 28 + 1:02}", f"{slot // 2:02}-{slot % 2 * 30:02}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--minutes", type=int, required=True)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    soak = Soak(arguments.bin, arguments.minutes)
    holds = False
    try:
        load = os.getloadavg()
        print(f"{soak.world.store.name}, {os.cpu_count()} cores, load {load[0]:.1f}, {arguments.bin}, {arguments.minutes} min", flush=True)
        soak.prepare()
        soak.run()
        holds = judge.print_table(list(soak.judge()))
    finally:
        for helper in getattr(soak, "helpers", []):
            helper.kill()
        soak.world.remove(keep=not holds)
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
