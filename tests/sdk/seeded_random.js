// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// seeded_random.js - random numbers that a seed repeats (mulberry32).

export class SeededRandom {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  // At least 0, below 1.
  unit() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  // A whole number from `low` to `high`, both included.
  whole(low, high) {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  chance(part) {
    return this.unit() < part;
  }

  pick(list) {
    return list[this.whole(0, list.length - 1)];
  }
}
