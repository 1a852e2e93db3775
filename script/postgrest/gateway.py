#!/usr/bin/env python3
"""Stands where Supabase's gateway stands: demands `apikey`, maps /rest/v1/* to a PostgREST-compatible server.

usage: gateway.py LISTEN_PORT UPSTREAM_PORT JWT_SECRET
Prints the service key on its first line when it is ready.
"""
import base64
import hashlib
import hmac
import http.client
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP_BY_HOP = {"connection", "content-encoding", "content-length", "transfer-encoding"}


def service_key(secret):
    def part(value):
        raw = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    claims = {"role": "service_role", "iss": "supabase", "exp": int(time.time()) + 86400}
    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
    return (signed + b"." + part(hmac.new(secret.encode(), signed, hashlib.sha256).digest())).decode()


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # Clients that are killed hang up in the middle of a request.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Gateway(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream_port = 0

    def log_message(self, *_):
        pass

    def forward(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length) if length else None
        key = self.headers.get("apikey")
        if not key or not self.path.startswith("/rest/v1/"):
            message = {"message": "No API key found in request" if not key else "no such route"}
            return self.answer(401 if not key else 404, [("Content-Type", "application/json")], json.dumps(message).encode())
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP | {"host", "accept-encoding"}}
        headers.setdefault("Authorization", f"Bearer {key}")
        upstream = http.client.HTTPConnection("127.0.0.1", self.upstream_port, timeout=30)
        upstream.request(self.command, self.path.removeprefix("/rest/v1"), body=body, headers=headers)
        response = upstream.getresponse()
        self.answer(response.status, response.getheaders(), response.read())

    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = forward


if __name__ == "__main__":
    listen_port, Gateway.upstream_port, jwt_secret = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    server = Server(("127.0.0.1", listen_port), Gateway)
    print(service_key(jwt_secret), flush=True)
    server.serve_forever()
