// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// scripted_socket.js - a session whose gateway is the test itself, word by word, on a virtual clock.

import { Session } from '../../clients/js/ledgerquest.js';
import { VirtualClock, settlePromises } from './virtual_clock.js';

export const PLAYER = '00000000000000aa';
export const incarnationOf = (count) => count.toString(16).padStart(16, '0');

export class Script {
  clock = new VirtualClock();
  sockets = [];
  told = []; // [name, ...details] of the session's status, problem and end
  session;

  constructor(options = {}) {
    const { sockets } = this;
    class ScriptedSocket {
      sent = []; // messages
      isClosed = false;
      constructor(url, protocols) {
        Object.assign(this, { url, protocols });
        sockets.push(this);
      }
      send(text) {
        this.sent.push(JSON.parse(text));
      }
      close() {
        this.isClosed = true;
      }
      // What the gateway does.
      open() {
        this.onopen({});
      }
      say(message) {
        this.onmessage({ data: JSON.stringify(message) });
      }
      drop(code, reason = '') {
        this.onclose({ code, reason });
      }
      sentOf(...types) {
        return this.sent.filter((message) => types.includes(message.type));
      }
    }
    this.session = new Session({
      url: 'ws://gateway.test/v1/connect',
      session: 'arena',
      signIn: () => 'token',
      WebSocket: ScriptedSocket,
      clock: this.clock,
      random: () => 0.5,
      ...options,
    });
    for (const name of ['status', 'problem', 'end']) {
      this.session.on(name, (...details) => this.told.push([name, ...details]));
    }
  }

  get socket() {
    return this.sockets[this.sockets.length - 1];
  }

  // Let the newest connection come up to its welcome.
  async welcome(more = {}) {
    await settlePromises();
    const { length } = this.sockets;
    if (this.socket.sent.length === 0) {
      this.socket.open();
    }
    this.socket.say({
      type: 'welcome',
      player: PLAYER,
      incarnation: incarnationOf(length),
      resume: `resume-${length}`,
      session: 'arena',
      frame: 7,
      ...more,
    });
    await settlePromises();
    return this.socket;
  }

  // A cut, and the next connection with its welcome; `accepts`: the gateway settles what the last one left.
  async reconnect({ accepts = true, more = {} } = {}) {
    const before = this.sockets.length;
    this.socket.drop(1006);
    await this.clock.pass(9000);
    return this.welcome({ ...(accepts && { previous: incarnationOf(before) }), ...more });
  }

  async receipt(fields) {
    this.socket.say({ type: 'receipt', frame: 8, ...fields });
    await settlePromises();
  }
}

// What a promise has come to: its value, or "pending".
export async function outcomeOf(promise) {
  await settlePromises();
  return Promise.race([promise, Promise.resolve('pending')]);
}
