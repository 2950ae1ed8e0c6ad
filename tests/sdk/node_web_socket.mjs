// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// node_web_socket.mjs - a WebSocket constructor for Node below 22, which has none. Loaded with `node --import`, it is
// the global one, as `ws` would be.

import { randomBytes } from 'node:crypto';
import { request } from 'node:http';

import { FrameReader, OPCODE, acceptKey, encodeClose, encodeFrame } from './web_socket_frames.mjs';

export class NodeWebSocket {
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;
  protocol = '';
  #socket = null;
  #isDone = false;
  #request;
  #told = { code: 1006, reason: '' };

  constructor(url, protocols = []) {
    const key = randomBytes(16).toString('base64');
    const { hostname, port, pathname, search } = new URL(url);
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': key,
      ...(protocols.length > 0 && { 'Sec-WebSocket-Protocol': protocols.join(', ') }),
    };
    this.#request = request({ hostname, port, path: pathname + search, headers });
    this.#request.on('upgrade', (response, socket, head) => {
      if (response.headers['sec-websocket-accept'] !== acceptKey(key)) {
        return socket.destroy();
      }
      this.protocol = response.headers['sec-websocket-protocol'] ?? '';
      this.#serve(socket, head);
    });
    this.#request.on('response', (response) => {
      response.destroy();
      this.#finish();
    });
    this.#request.on('error', () => this.#finish());
    this.#request.end();
  }

  send(text) {
    this.#write(OPCODE.text, Buffer.from(text));
  }

  close(code = 1000, reason = '') {
    if (this.#socket === null) {
      this.#request.destroy();
    } else {
      this.#write(OPCODE.close, encodeClose(code, reason));
      this.#socket.end();
    }
  }

  get isOpen() {
    return this.#socket !== null && !this.#isDone;
  }

  // As if the network were gone.
  destroy() {
    this.#socket.destroy();
  }

  #write(opcode, payload) {
    if (this.#socket?.writable) {
      this.#socket.write(encodeFrame(opcode, payload, true));
    }
  }

  #serve(socket, head) {
    const reader = new FrameReader((opcode, payload) => this.#take(opcode, payload));
    this.#socket = socket;
    socket.on('data', (chunk) => reader.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => this.#finish());
    this.onopen?.({});
    reader.push(head);
  }

  #take(opcode, payload) {
    if (opcode === OPCODE.text) {
      this.onmessage?.({ data: payload.toString() });
    } else if (opcode === OPCODE.ping) {
      this.#write(OPCODE.pong, payload);
    } else if (opcode === OPCODE.close) {
      this.#told = { code: payload.length >= 2 ? payload.readUInt16BE(0) : 1005, reason: payload.toString('utf8', 2) };
      this.#write(OPCODE.close, payload.subarray(0, 2));
      this.#socket.end();
    }
  }

  #finish() {
    if (!this.#isDone) {
      this.#isDone = true;
      this.onclose?.(this.#told);
    }
  }
}

globalThis.WebSocket ??= NodeWebSocket;
