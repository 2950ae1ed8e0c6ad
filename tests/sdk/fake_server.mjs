// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// fake_server.mjs - the fake gateway behind a real port: WebSockets at /v1/connect, the files of the tree as the
// gateway serves them (/play, /sdk), and the tree itself below /tree/ for pages of tests.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { FakeCluster } from './fake_cluster.js';
import { FakeGateway, PROTOCOL } from './fake_gateway.js';
import { SeededRandom } from './seeded_random.js';
import { FrameReader, OPCODE, acceptKey, encodeClose, encodeFrame } from './web_socket_frames.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const systemClock = {
  now: () => performance.now(),
  setTimeout: (run, ms) => setTimeout(run, ms).unref(),
  clearTimeout: (timer) => clearTimeout(timer),
};

// Where a path lies in the tree, or null.
function fileOf(path) {
  if (path === '/play') {
    return 'web/arena/index.html';
  }
  const [, top, rest] = /^\/(play|sdk|tree)\/(.+)$/.exec(path) ?? [];
  const folders = { play: 'web/arena', sdk: 'clients/js', tree: '.' };
  const file = rest === undefined ? null : normalize(join(folders[top], rest));
  return file === null || file.startsWith('..') ? null : file;
}

export class FakeServer {
  #http;
  #sockets = new Set();
  #takers = []; // of what a page posts
  cluster;
  gateway;

  constructor({ seed = 1, trouble = {}, limits = {}, world, rate = 20 } = {}) {
    const random = new SeededRandom(seed);
    this.cluster = new FakeCluster({ clock: systemClock, random, trouble, rate, ...(world && { world }) });
    this.gateway = new FakeGateway({ cluster: this.cluster, clock: systemClock, random, limits });
    this.#http = createServer((request, response) => this.#answer(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  async listen(port = 0) {
    await new Promise((resolve) => {
      this.#http.listen(port, '127.0.0.1', resolve);
    });
    this.cluster.start();
    return this;
  }

  get origin() {
    return `http://127.0.0.1:${this.#http.address().port}`;
  }

  get connectUrl() {
    return `${this.origin}/v1/connect`;
  }

  async close() {
    this.cluster.stop();
    this.cut();
    this.#http.closeAllConnections();
    await new Promise((resolve) => {
      this.#http.close(resolve);
    });
  }

  // Every connection breaks, in the middle of a message.
  cut() {
    for (const socket of this.#sockets) {
      socket.write(encodeFrame(OPCODE.text, Buffer.from('{"type":"state","state":1}'), false).subarray(0, 9));
      socket.destroySoon();
    }
  }

  // What the next page posts to /report.
  report() {
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  async #answer(request, response) {
    const { pathname } = new URL(request.url, this.origin);
    if (request.method === 'POST' && pathname === '/report') {
      const chunks = [];
      for await (const chunk of request) {
        chunks.push(chunk);
      }
      response.writeHead(204).end();
      return this.#takers.shift()?.(JSON.parse(Buffer.concat(chunks).toString()));
    }
    const file = fileOf(pathname);
    try {
      const content = await readFile(join(ROOT, file ?? 'nothing'));
      response.writeHead(200, {
        'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
        'Content-Security-Policy': PAGE_POLICY,
        'X-Content-Type-Options': 'nosniff',
      });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  }

  #upgrade(request, socket, head) {
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/);
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${acceptKey(request.headers['sec-websocket-key'])}`,
    ];
    if (protocols.includes(PROTOCOL)) {
      lines.push(`Sec-WebSocket-Protocol: ${PROTOCOL}`);
    }
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    this.#serve(socket, head, { url: new URL(request.url, this.origin).href, protocols });
  }

  #serve(socket, head, request) {
    const write = (opcode, payload) => socket.writable && socket.write(encodeFrame(opcode, payload, false));
    const connection = {
      onmessage: null,
      onclose: null,
      send: (text) => write(OPCODE.text, Buffer.from(text)),
      close: (code, reason = '') => {
        write(OPCODE.close, encodeClose(code, reason));
        socket.end();
      },
    };
    const reader = new FrameReader((opcode, payload) => {
      if (opcode === OPCODE.text) {
        connection.onmessage?.(payload.toString());
      } else if (opcode === OPCODE.close) {
        connection.close(1000);
      }
    });
    this.#sockets.add(socket);
    socket.on('data', (chunk) => reader.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      connection.onclose?.();
    });
    this.gateway.accept(connection, request);
    reader.push(head);
  }
}
