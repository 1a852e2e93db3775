// A small proxy that strips a prefix, and whose wire can be cut.

import http from "node:http";
import { once } from "node:events";

export class Proxy {
  static async start(server, prefix) {
    const proxy = new Proxy(server, prefix);
    await proxy.listen(0);
    return proxy;
  }

  constructor(server, prefix) {
    this.server = server;
    this.prefix = prefix;
    this.sockets = new Set();
  }

  async listen(port) {
    this.http = http.createServer((request, response) => this.pass(request, response));
    this.http.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    this.http.listen(port, "127.0.0.1");
    await once(this.http, "listening");
    this.port = this.http.address().port;
    this.url = `http://127.0.0.1:${this.port}${this.prefix}`;
  }

  /** Ends every connection and accepts none. */
  async cut() {
    this.http.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.http, "close");
  }

  mend() {
    return this.listen(this.port);
  }

  pass(request, response) {
    if (!request.url.startsWith(this.prefix)) {
      response.writeHead(404).end();
      return;
    }
    const path = request.url.slice(this.prefix.length) || "/";
    const on = http.request({ host: "127.0.0.1", port: this.server.port, path, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
    });
    on.on("error", () => response.destroy());
    response.on("close", () => on.destroy());
    request.pipe(on);
  }
}
