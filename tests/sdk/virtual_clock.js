// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// virtual_clock.js - a clock that jumps to what is due next, so that minutes of a session pass in milliseconds.

const MICROTASK_ROUNDS = 12; // more than any chain of promises of the session has

// What promises have started comes to an end before time goes on.
export async function settlePromises() {
  for (let round = 0; round < MICROTASK_ROUNDS; round++) {
    await null;
  }
}

export class VirtualClock {
  #now = 1000;
  #timers = new Map(); // id -> {at, run}
  #lastId = 0;

  now = () => this.#now;

  setTimeout = (run, ms) => {
    this.#timers.set(++this.#lastId, { at: this.#now + Math.max(ms, 0), run });
    return this.#lastId;
  };

  clearTimeout = (id) => this.#timers.delete(id);

  // Run what is due within `ms`, in order of time, then of being asked for.
  async pass(ms) {
    const end = this.#now + ms;
    for (;;) {
      await settlePromises();
      let first = null;
      for (const [id, timer] of this.#timers) {
        if (timer.at <= end && (first === null || timer.at < first.timer.at)) {
          first = { id, timer };
        }
      }
      if (first === null) {
        break;
      }
      this.#timers.delete(first.id);
      this.#now = Math.max(this.#now, first.timer.at);
      first.timer.run();
    }
    this.#now = end;
  }
}
