// Runs the real binaries with settings of these tests and no others.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import readline from "node:readline";
import { promisify } from "node:util";

import { root } from "./tools.mjs";

const bin = path.join(root, "target/debug");

function settings(data, more = {}) {
  return {
    PATH: "/usr/bin:/bin",
    HOME: data,
    WATCHME_BIND: "127.0.0.1:0",
    WATCHME_DATA_DIR: data,
    WATCHME_MODELS: `synth-tiny=${path.join(root, "models/ggml-synth-tiny.bin")}`,
    WATCHME_LANGUAGE: "auto",
    WATCHME_ENV_FILE: "/dev/null",
    WATCHME_RATE_LIMIT_PER_MINUTE: "0",
    WATCHME_LOG: "info",
    ...more,
  };
}

/** Runs `watchme` with these arguments and gives what it prints. */
export async function watchme(data, args, more) {
  const { stdout } = await promisify(execFile)(path.join(bin, "watchme"), args, { env: settings(data, more), cwd: root });
  return stdout;
}

/** A service on this data. Without a port of its own it takes a free one. */
export class Server {
  static async start(data, more) {
    const server = new Server(data, more);
    await server.start();
    return server;
  }

  constructor(data, more = {}) {
    this.data = data;
    this.more = more;
  }

  async start() {
    const env = settings(this.data, this.more);
    // The same port again, so that a browser finds the service where it was.
    if (this.port !== undefined) env.WATCHME_BIND = `127.0.0.1:${this.port}`;
    this.process = spawn(path.join(bin, "watchme-server"), [], { env, cwd: root, stdio: ["ignore", "ignore", "pipe"] });
    this.log = [];
    const lines = readline.createInterface({ input: this.process.stderr });
    this.port = await new Promise((resolve, reject) => {
      lines.on("line", (line) => {
        this.log.push(line);
        const found = /listening on 127\.0\.0\.1:(\d+)/.exec(line);
        if (found !== null) resolve(Number(found[1]));
      });
      this.process.once("exit", (code) => reject(new Error(`the service ended with ${code}:\n${this.log.slice(-20).join("\n")}`)));
    });
    this.url = `http://127.0.0.1:${this.port}`;
  }

  async stop(signal = "SIGTERM") {
    if (this.process === undefined || this.process.exitCode !== null) return;
    this.process.removeAllListeners("exit");
    this.process.kill(signal);
    await once(this.process, "exit");
    this.process = undefined;
  }

  async ask(where, options = {}) {
    const response = await fetch(`${this.url}/${where}`, options);
    const text = await response.text();
    if (!response.ok) throw new Error(`${where}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  post(where, body, headers = {}) {
    return this.ask(where, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
  }
}
