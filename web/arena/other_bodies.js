// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// other_bodies.js - where to draw the bodies of others: a little in the past, between the two states around that time,
// so that they move evenly although states come in jerks. Pure: times are arguments, in milliseconds.

const STATES_KEPT = 8;
const BEHIND_MIN_MS = 60;
const BEHIND_MAX_MS = 300;
const AHEAD_MAX_MS = 150; // for so long a body goes on by its velocity when no state comes

export class OtherBodies {
  #states = []; // {at, places: id -> {x, y, vx, vy}}, oldest first
  #intervalMs = 50; // between states, smoothed

  take(now, { bodies }) {
    const places = new Map(
      bodies.id.map((id, row) => [id, { x: bodies.x[row], y: bodies.y[row], vx: bodies.vx[row], vy: bodies.vy[row] }]),
    );
    const last = this.#states.at(-1);
    if (last !== undefined) {
      this.#intervalMs += (Math.min(now - last.at, BEHIND_MAX_MS) - this.#intervalMs) / 8;
    }
    this.#states.push({ at: now, places });
    this.#states.splice(0, this.#states.length - STATES_KEPT);
  }

  // {x, y} of a body of the newest state.
  place(now, id) {
    const behind = Math.min(Math.max(this.#intervalMs * 1.5, BEHIND_MIN_MS), BEHIND_MAX_MS);
    const at = now - behind;
    const index = this.#states.findIndex((state) => state.at > at);
    const newest = this.#states.at(-1);
    if (index < 0) {
      return this.#goOn(newest.places.get(id), Math.min(at - newest.at, AHEAD_MAX_MS) / 1000);
    }
    const to = this.#states[index].places.get(id);
    const from = this.#states[index - 1]?.places.get(id);
    if (to === undefined || from === undefined) {
      return to ?? from ?? newest.places.get(id);
    }
    const part = (at - this.#states[index - 1].at) / (this.#states[index].at - this.#states[index - 1].at);
    return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
  }

  #goOn({ x, y, vx, vy }, seconds) {
    return { x: x + vx * seconds, y: y + vy * seconds };
  }
}
