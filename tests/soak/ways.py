"""Processes of their own beside the soak: ways that can be cut, the crowd, and the watch at `/health`.

Each is a process so that none measures how busy the others are.
"""

import asyncio
import contextlib
import multiprocessing
import os
import random
import socket
import time

# One that sends nothing, one that begins HTTP/2 and one that has begun it, one in the middle of its headers, one of its body.
CROWD = [
    b"",
    b"PRI * HTTP/2.0\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]),
    b"GET /v1/runs HTTP/1.1\r\nhost: localhost\r\nx-slow: ",
    b"POST /v1/runs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n",
]
# Not the address of everybody else: one client must not take their places.
CROWD_ADDRESS = "127.0.0.2"
CROWD_PAUSE = 2.0
HEALTH_PAUSE = 0.05
HEALTH_TIMEOUT = 5.0
REQUEST = b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"


def start(target, *arguments):
    process = multiprocessing.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


class Way:
    """A way to a server: open, cut, or accepting without an answer."""

    def __init__(self, target):
        host, port = target.removeprefix("http://").rstrip("/").split(":")
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.state = multiprocessing.Value("i", 0)
        start(self.serve, listener, host, int(port))
        listener.close()

    def cut(self):
        self.state.value = 1

    def hang(self):
        self.state.value = 2

    def mend(self):
        self.state.value = 0

    def serve(self, listener, host, port):
        async def relay(reader, writer):
            if self.state.value == 1:
                return writer.transport.abort()
            with contextlib.suppress(OSError):
                there, back = await asyncio.open_connection(host, port)
                await asyncio.gather(self.pipe(reader, back), self.pipe(there, writer))
            writer.transport.abort()

        async def main():
            server = await asyncio.start_server(relay, sock=listener)
            await server.serve_forever()

        asyncio.run(main())

    async def pipe(self, reader, writer):
        with contextlib.suppress(OSError):
            while self.state.value != 1:
                with contextlib.suppress(TimeoutError):
                    data = await asyncio.wait_for(reader.read(1 << 16), 0.5)
                    while self.state.value == 2:
                        await asyncio.sleep(0.2)
                    if not data:
                        break
                    writer.write(data)
                    await writer.drain()
        writer.transport.abort()


def crowd(port, size, opened):
    """Clients that want nothing: as many as `size`, each replaced when the service has cut it. Counts the connections."""

    async def client(opening):
        await asyncio.sleep(random.uniform(0, CROWD_PAUSE))
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(CROWD_ADDRESS, 0))
                with opened.get_lock():
                    opened.value += 1
                writer.write(opening)
                end = asyncio.ensure_future(reader.read(-1))
                while not (await asyncio.wait([end], timeout=random.uniform(0.5, CROWD_PAUSE)))[0]:
                    if len(opening) > 60 or opening.startswith(b"GET"):
                        writer.write(b"x")
                writer.transport.abort()
                with contextlib.suppress(OSError):
                    end.result()
            await asyncio.sleep(random.uniform(CROWD_PAUSE, 3 * CROWD_PAUSE))

    async def main():
        await asyncio.gather(*(client(CROWD[n % len(CROWD)]) for n in range(size)))

    asyncio.run(main())


def watch_health(port, path):
    """Asks for `/health` all the time, on a connection of its own each time, and writes when, and how many milliseconds it took."""
    # What measures must not wait for what it measures.
    with contextlib.suppress(PermissionError):
        os.nice(-10)
    with open(path, "w", buffering=1) as log:
        while True:
            began = time.monotonic()
            log.write(f"{began} {ask_health(port, began)}\n")
            time.sleep(max(0.0, began + HEALTH_PAUSE - time.monotonic()))


def ask_health(port, began):
    try:
        with socket.create_connection(("127.0.0.1", port), HEALTH_TIMEOUT) as connection:
            connection.sendall(REQUEST)
            answer = b""
            while data := connection.recv(4096):
                answer += data
        return (time.monotonic() - began) * 1000 if b" 200 " in answer[:15] else f"answered {answer[:15]!r}"
    except OSError as error:
        return f"failed {error}"
