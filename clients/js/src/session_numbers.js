// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// session_numbers.js - the numbers of one incarnation's commands, as client/session_numbers.h gives them.
//
// The ledger remembers 64 numbers below the highest that it has seen, so no number may be taken while one that is 64
// below it has no answer. A number whose command came back unused is taken again.

export class SessionNumbers {
  #next = 1;
  #unanswered = 0n; // bit i: #next - 1 - i has no answer yet
  #unused = 0n; // bit i: #next - 1 - i was answered unused and may be taken again

  // Whether the oldest unanswered number stays in the window when another one is taken.
  get hasRoom() {
    return this.#unanswered >> 63n === 0n;
  }

  // The next number; 0 without room.
  take() {
    if (!this.hasRoom) {
      return 0;
    }
    this.#unanswered = (this.#unanswered << 1n) | 1n;
    this.#unused = BigInt.asUintN(64, this.#unused << 1n);
    return this.#next++;
  }

  // A number taken has its answer. `reusable`: it was unused, and no copy of its command can be on its way.
  answer(number, reusable) {
    const bit = 1n << BigInt(this.#next - 1 - number);
    this.#unanswered &= ~bit;
    if (reusable) {
      this.#unused |= bit;
    }
    while ((this.#unused & 1n) !== 0n) {
      this.#next--;
      this.#unused >>= 1n;
      this.#unanswered >>= 1n;
    }
  }
}
