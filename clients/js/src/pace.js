// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// pace.js - not more commands a second than the gateway takes: a bucket that holds those of one second.

export class Pace {
  #perMs = Infinity;
  #bucket = Infinity;
  #room = Infinity;
  #at = 0;

  // `perSecond`: undefined for no bound.
  restart(perSecond, now) {
    this.#perMs = (perSecond ?? Infinity) / 1000;
    this.#bucket = Math.max(perSecond ?? Infinity, 1);
    this.#room = this.#bucket;
    this.#at = now;
  }

  // 0: one may go now, and is counted. Else how many milliseconds to wait.
  wait(now) {
    if (this.#perMs === Infinity) {
      return 0;
    }
    this.#room = Math.min(this.#bucket, this.#room + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#room < 1) {
      return Math.max((1 - this.#room) / this.#perMs, 1);
    }
    this.#room -= 1;
    return 0;
  }
}
