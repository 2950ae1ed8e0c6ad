// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// latency.js - pings that measure the way to the gateway and back, and tell a dead connection from a quiet one.

export class Latency {
  #at = 0; // of the ping under way: -1, -2, ... A gateway's own pings are not negative
  #sentAt = -1; // when that was sent; -1: none is under way
  #heardAt = 0; // when anything came last
  ms = NaN; // the way there and back, smoothed; NaN before the first answer

  // A connection begins.
  restart() {
    this.#sentAt = -1;
  }

  // The message to send, or null while one is under way.
  ping(now) {
    if (this.#sentAt >= 0) {
      return null;
    }
    this.#sentAt = now;
    return { type: 'ping', at: --this.#at };
  }

  heard(now) {
    this.#heardAt = now;
  }

  // For how long a ping has been under way without anything coming in.
  silence(now) {
    return this.#sentAt < 0 ? 0 : now - Math.max(this.#sentAt, this.#heardAt);
  }

  // Whether this is the answer to the ping under way.
  take(at, now) {
    if (at !== this.#at || this.#sentAt < 0) {
      return false;
    }
    const ms = now - this.#sentAt;
    this.ms = Number.isNaN(this.ms) ? ms : this.ms + (ms - this.ms) / 2;
    this.#sentAt = -1;
    return true;
  }
}
