"""What the soak is about: a store, a bucket behind a way that can be cut, a disk that can be full, and the programs between them."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).parents[2]
MODEL = ROOT / "models/ggml-synth-tiny.bin"
DISK_MB = 256
BUCKET = "watchme-vault"
PATIENCE = 120


def wait_until(what, holds, patience=PATIENCE):
    give_up = time.monotonic() + patience
    while not (result := holds()):
        if time.monotonic() > give_up:
            raise TimeoutError(f"{what}: not in {patience} s")
        time.sleep(0.1)
    return result


class Disk:
    """The folder of the programs' data: a small file system of its own where that can be had."""

    def __init__(self, path):
        self.path = path
        path.mkdir()
        self.is_own = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", path], check=False).returncode == 0

    def fill(self):
        """Fills what is left, also what was given back since the last call."""
        with open(self.path / "filler", "ab", buffering=0) as filler, contextlib.suppress(OSError):
            for size in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        filler.write(bytes(size))

    def empty(self):
        (self.path / "filler").unlink()

    def remove(self):
        if self.is_own:
            subprocess.run(["umount", "--lazy", self.path], check=False)


class Sqlite:
    """The embedded store. It is gone while somebody else holds its file."""

    name = told_as = "SQLite"
    fails_with_disk = True

    def __init__(self, folder):
        self.path = folder / "watchme.sqlite3"
        self.settings = {}
        self.holder = None

    def open(self):
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        connection.row_factory = sqlite3.Row
        return connection

    def add(self, device, key, recorded_at):
        micros = int(recorded_at.timestamp() * 1_000_000)
        row = (device, recorded_at.isoformat(), micros, key)
        with contextlib.closing(self.open()) as connection:
            connection.execute("INSERT INTO audio_files (device_id, recorded_at, recorded_at_us, file_path) VALUES (?, ?, ?, ?)", row)

    def rows(self, table, columns):
        with contextlib.closing(self.open()) as connection:
            return [dict(row) for row in connection.execute(f"SELECT {', '.join(columns)} FROM {table}")]

    def leave(self):
        self.holder = self.open()
        self.holder.execute("BEGIN EXCLUSIVE")

    def come_back(self):
        self.holder.execute("ROLLBACK")
        self.holder.close()


class Postgrest:
    """A PostgREST-compatible server (script/with-postgrest) behind a way that can be cut."""

    name = "PostgreSQL"
    told_as = "Supabase"
    fails_with_disk = False

    def __init__(self, url, key, way):
        self.url, self.key, self.way = url, key, way
        self.settings = {"SUPABASE_URL": way.url, "SUPABASE_KEY": key}
        for table, column in (("audio_files", "device_id"), ("vibe_whisper", "device_id"),
                              ("transcription_claims", "object_key"), ("transcription_ledger", "object_key")):
            self.call("DELETE", f"{table}?{column}=not.is.null")

    def call(self, method, target, body=None):
        headers = {"apikey": self.key, "Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/rest/v1/{target}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or "null")

    def add(self, device, key, recorded_at):
        self.call("POST", "audio_files", {"device_id": device, "recorded_at": recorded_at.isoformat(), "file_path": key})

    def rows(self, table, columns):
        page, rows = 1000, []
        while True:
            new = self.call("GET", f"{table}?select={','.join(columns)}&order={columns[0]}&limit={page}&offset={len(rows)}")
            rows += new
            if len(new) < page:
                return rows

    def leave(self):
        self.way.cut()

    def come_back(self):
        self.way.mend()


class Process:
    """One of our programs, which is started again when it was killed, and not when it dies by itself."""

    def __init__(self, world, name, command, settings):
        self.name, self.command = name, command
        self.environment = {**world.settings, **settings}
        self.log = world.home / f"{name}.log"
        self.kills = 0
        self.lives = []
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        self.lives.append([])

    def kill(self):
        self.child.kill()
        self.child.wait()
        self.kills += 1

    def freeze(self):
        self.child.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.child.send_signal(signal.SIGCONT)

    def measure(self):
        """Notes the resident memory, in MB."""
        with contextlib.suppress(OSError, StopIteration):
            lines = pathlib.Path(f"/proc/{self.child.pid}/status").read_text().splitlines()
            resident = next(line for line in lines if line.startswith("VmRSS"))
            self.lives[-1].append((time.monotonic(), int(resident.split()[1]) / 1024))

    def has_died(self):
        return self.child.poll() is not None


class World:
    def __init__(self, binaries, make_way):
        self.binaries = ROOT / binaries
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="watchme-soak-"))
        self.disk = Disk(self.home / "data")
        self.objects = self.home / "buckets" / BUCKET
        self.objects.mkdir(parents=True)
        self.bucket = subprocess.Popen([self.binaries / "examples/bucket", self.home / "buckets"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        endpoint, access_key, secret = self.bucket.stdout.readline().split()
        self.bucket_way = make_way(endpoint)
        if url := os.environ.get("WATCHME_TEST_POSTGREST_URL"):
            self.store = Postgrest(url, os.environ["WATCHME_TEST_POSTGREST_KEY"], make_way(url))
        else:
            self.store = Sqlite(self.disk.path)
        self.settings = {
            "PATH": "/usr/bin:/bin", "HOME": str(self.home), "WATCHME_DATA_DIR": str(self.disk.path),
            "WATCHME_MODELS": f"base={MODEL}", "WATCHME_LANGUAGE": "ja", "WATCHME_THREADS": "1",
            "WATCHME_LEASE_SECONDS": "10", "WATCHME_POLL_SECONDS": "1",
            "S3_BUCKET_NAME": BUCKET, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": self.bucket_way.url,
            "AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret, **self.store.settings,
        }
        self.processes = []

    def start(self, port):
        self.server = Process(self, "watchme-server", [self.binaries / "watchme-server"], {
            "WATCHME_BIND": f"127.0.0.1:{port}", "WATCHME_RATE_LIMIT_PER_MINUTE": "0",
            "WATCHME_SCHEDULE": "*/10 * * * * *", "WATCHME_LOOK_BACK_HOURS": "100000",
        })
        self.workers = [Process(self, f"worker-{n}", [self.binaries / "watchme", "worker"], {}) for n in (1, 2)]
        self.processes = [self.server, *self.workers]

    def put(self, key, audio):
        """Puts an object as S3 does: it is there whole or not at all."""
        path = self.objects / key
        path.parent.mkdir(parents=True, exist_ok=True)
        part = self.home / "part"
        part.write_bytes(audio)
        part.rename(path)

    def transcribe(self, files):
        """The text of each file, by the same program without a store."""
        command = [self.binaries / "watchme", "transcribe-file", "--json", "--quiet", *files]
        environment = {name: value for name, value in self.settings.items() if not name.startswith(("AWS_", "S3_", "SUPABASE"))}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return {pathlib.Path(line["file"]).name: line["text"] for line in lines}

    def remove(self, keep):
        for process in self.processes:
            process.child.kill()
            process.child.wait()
        self.bucket.kill()
        self.bucket.wait()
        logs = sorted(self.home.glob("*.log"))
        if keep:
            kept = ROOT / "target/soak"
            kept.mkdir(parents=True, exist_ok=True)
            for log in logs:
                shutil.copy(log, kept)
            print(f"the logs are in {kept}")
        self.disk.remove()
        shutil.rmtree(self.home, ignore_errors=True)
