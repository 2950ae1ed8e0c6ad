// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// cut_proxy.mjs - stands between a browser and a gateway, and takes the network away.

import { connect, createServer } from 'node:net';

export class CutProxy {
  #server;
  #sockets = new Set();
  #isOffline = false;

  constructor(origin) {
    const { hostname, port } = new URL(origin);
    this.#server = createServer((near) => {
      if (this.#isOffline) {
        return near.destroy();
      }
      const far = connect(Number(port), hostname);
      near.pipe(far);
      far.pipe(near);
      for (const [socket, other] of [[near, far], [far, near]]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
    });
  }

  async listen() {
    await new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return this;
  }

  get origin() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  // Every connection breaks; while offline none comes up.
  setOffline(isOffline) {
    this.#isOffline = isOffline;
    if (isOffline) {
      this.#sockets.forEach((socket) => socket.destroy());
    }
  }

  async close() {
    this.setOffline(true);
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}
