// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// helm.js - keys and fingers, as the direction in which the player wants to push: {x, y}, at most 1 long, or a brake.

const KEYS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  KeyA: [-1, 0],
  KeyD: [1, 0],
  KeyW: [0, -1],
  KeyS: [0, 1],
};
const BRAKE = 'Space';
const STICK_PX = 60; // of a drag for the whole push

export class Helm {
  #held = new Set(); // codes of keys
  #touches = new Map(); // pointer -> {fromX, fromY, x, y}
  #canvas;

  constructor(canvas) {
    this.#canvas = canvas;
    addEventListener('keydown', (event) => this.#key(event, true));
    addEventListener('keyup', (event) => this.#key(event, false));
    addEventListener('blur', () => this.#release());
    document.addEventListener('visibilitychange', () => this.#release());
    canvas.addEventListener('pointerdown', (event) => this.#touch(event));
    canvas.addEventListener('pointermove', (event) => this.#drag(event));
    for (const name of ['pointerup', 'pointercancel']) {
      canvas.addEventListener(name, (event) => this.#touches.delete(event.pointerId));
    }
  }

  get isBraking() {
    return this.#held.has(BRAKE) || this.#touches.size > 1;
  }

  get direction() {
    let x = 0;
    let y = 0;
    for (const code of this.#held) {
      x += KEYS[code]?.[0] ?? 0;
      y += KEYS[code]?.[1] ?? 0;
    }
    const [drag] = this.#touches.values();
    if (drag !== undefined) {
      x += (drag.x - drag.fromX) / STICK_PX;
      y += (drag.y - drag.fromY) / STICK_PX;
    }
    const length = Math.max(Math.hypot(x, y), 1);
    return { x: x / length, y: y / length };
  }

  // Where to draw the stick of a drag: {fromX, fromY, x, y} in CSS pixels, or undefined.
  get stick() {
    return [...this.#touches.values()][0];
  }

  #key(event, isDown) {
    const isOurs = event.code in KEYS || event.code === BRAKE;
    const isElsewhere = event.target instanceof HTMLButtonElement || event.ctrlKey || event.altKey || event.metaKey;
    if (!isOurs || (isDown && isElsewhere)) {
      return;
    }
    event.preventDefault();
    this.#held[isDown ? 'add' : 'delete'](event.code);
  }

  #touch(event) {
    this.#canvas.setPointerCapture(event.pointerId);
    const { clientX: x, clientY: y } = event;
    this.#touches.set(event.pointerId, { fromX: x, fromY: y, x, y });
  }

  #drag(event) {
    const drag = this.#touches.get(event.pointerId);
    if (drag !== undefined) {
      drag.x = event.clientX;
      drag.y = event.clientY;
    }
  }

  #release() {
    this.#held.clear();
    this.#touches.clear();
  }
}
