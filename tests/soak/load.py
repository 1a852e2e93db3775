"""The clients that want something: uploads, followers, runs, and those that leave in the middle."""

import collections
import contextlib
import http.client
import json
import threading
import time

BOUNDARY = "soak"


class Load:
    """Threads of clients, with what they were answered."""

    def __init__(self, port, clips, texts, day):
        self.port, self.clips, self.texts, self.day = port, clips, texts, day
        self.is_over = threading.Event()
        self.answers = collections.Counter()
        self.events = 0
        self.wrong = []
        self.lock = threading.Lock()
        clients = [self.upload] * 2 + [self.follow] * 8 + [self.run, self.leave]
        self.threads = [threading.Thread(target=self.repeat, args=(client, n), daemon=True) for n, client in enumerate(clients)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.is_over.set()

    def repeat(self, client, number):
        """Nobody minds that a service which is killed hangs up; it is asked again."""
        while not self.is_over.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                client(number)
            self.is_over.wait(0.5)

    def ask(self, method, path, body=None, content_type="application/json", timeout=120):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"content-type": content_type})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def note(self, what, status, text, is_right=True):
        """A busy service, or one without its backends, says so; anything else is wrong."""
        with self.lock:
            self.answers[f"{what} {status}"] += 1
            if status not in (200, 202, 503, 507) or not is_right:
                self.wrong.append((time.monotonic(), f"{what}: {status} {text[:200]}"))

    def upload(self, number):
        name, audio = self.clips[(number + self.answers.total()) % len(self.clips)]
        head = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="model"\r\n\r\nbase\r\n--{BOUNDARY}\r\n'
        head += f'content-disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + audio + f"\r\n--{BOUNDARY}--\r\n".encode()
        status, text = self.ask("POST", "/v1/audio/transcriptions", body, f"multipart/form-data; boundary={BOUNDARY}")
        self.note("upload", status, text, status != 200 or json.loads(text)["text"] == self.texts[name])

    def follow(self, _number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", "/v1/events")
            answer = connection.getresponse()
            self.note("follower", answer.status, "")
            while not self.is_over.is_set() and (line := answer.readline()):
                self.events += line.startswith(b"event:")

    def run(self, _number):
        device, date = self.day()
        status, text = self.ask("POST", "/v1/runs", json.dumps({"device_id": device, "date": date}))
        self.note("run", status, text)
        if status == 202:
            run = json.loads(text)["id"]
            while not self.is_over.wait(0.5):
                status, text = self.ask("GET", f"/v1/runs/{run}")
                # A service that was killed has forgotten its runs, and none of its recordings.
                if status != 200 or json.loads(text)["ended_at"]:
                    return

    def leave(self, _number):
        device, date = self.day()
        body = json.dumps({"device_id": device, "date": date})
        with contextlib.suppress(TimeoutError):
            status, text = self.ask("POST", "/fetch-and-transcribe", body, timeout=2)
            # What hinders the run is the report of the original's endpoint, with its status.
            self.note("fetch-and-transcribe", 503 if status == 500 else status, text)
