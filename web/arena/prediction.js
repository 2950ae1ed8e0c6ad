// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// prediction.js - where the own body is by now, as far as this side can know.
//
// A state shows the world half a way (there and back) ago; what is pushed now is felt half a way later. So the own body
// is drawn one way ahead of the newest state: from there it moves by the physics of the world (own_body.js), with each
// push that the state does not contain at the time when it was made. A state that says otherwise corrects it, and the
// difference fades instead of jumping. Pure: times are arguments, in milliseconds.

import { stepBody } from './own_body.js';

const AHEAD_MAX_MS = 500;
const CATCH_UP_STEPS_MAX = 60; // after a pause of the page: then the next state tells
const FADE_MS = 90;
const JUMP_M = 4; // a difference so large is no error of prediction

export class Prediction {
  #body = null; // {x, y, vx, vy, radius, thrust_x, thrust_y} at #at
  #world = null;
  #at = 0;
  #pushes = []; // {at, x, y, progress}, those that no state contains yet
  #offset = { x: 0, y: 0, at: 0 }; // what is drawn beside the predicted place, fading

  // The player pushes: `progress` as the session's promise of the command has it.
  push(now, x, y, progress) {
    this.#pushes.push({ at: now, x, y, progress });
    if (this.#body !== null) {
      this.#run(now);
      this.#thrust(this.#body, { x, y });
    }
  }

  // A state came: the own body in it, or null when there is none.
  correct(now, body, world, latencyMs) {
    const before = this.place(now);
    this.#pushes = this.#pushes.filter(({ progress }) => !progress.shown);
    this.#world = world;
    if (body === null) {
      this.#body = null;
      return;
    }
    const ahead = Math.min(Number.isFinite(latencyMs) ? latencyMs : 0, AHEAD_MAX_MS);
    this.#body = { ...body };
    this.#at = now - ahead;
    for (const push of this.#pushes) {
      this.#run(Math.min(push.at, now));
      this.#thrust(this.#body, push);
    }
    this.#run(now);
    this.#fadeFrom(before, now);
  }

  // Where to draw the own body: {x, y, vx, vy, thrust_x, thrust_y, radius}, or null without one.
  place(now) {
    if (this.#body === null) {
      return null;
    }
    this.#run(now);
    const { x, y } = this.#between(now);
    const part = Math.exp(-(now - this.#offset.at) / FADE_MS);
    return { ...this.#body, x: x + this.#offset.x * part, y: y + this.#offset.y * part };
  }

  #fadeFrom(before, now) {
    const after = this.#between(now);
    const x = before === null ? 0 : before.x - after.x;
    const y = before === null ? 0 : before.y - after.y;
    this.#offset = Math.hypot(x, y) > JUMP_M ? { x: 0, y: 0, at: now } : { x, y, at: now };
  }

  #thrust(body, { x, y }) {
    body.thrust_x = Math.fround(x);
    body.thrust_y = Math.fround(y);
  }

  // Whole steps up to `now`.
  #run(now) {
    const stepMs = this.#world.stepSeconds * 1000;
    if (stepMs === 0) {
      this.#at = now;
    }
    if (now - this.#at > CATCH_UP_STEPS_MAX * stepMs) {
      this.#at = now - stepMs;
    }
    while (stepMs > 0 && this.#at + stepMs <= now) {
      stepBody(this.#body, this.#world, this.#world.stepSeconds);
      this.#at += stepMs;
    }
  }

  // The place between two steps.
  #between(now) {
    const next = { ...this.#body };
    const stepMs = this.#world.stepSeconds * 1000;
    if (stepMs > 0) {
      stepBody(next, this.#world, Math.max(now - this.#at, 0) / 1000);
    }
    return next;
  }
}
