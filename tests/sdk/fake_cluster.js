// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// fake_cluster.js - one session of a cluster, with what a player can notice of it: commands arrive late, twice and out
// of order, mailboxes are full, ticks become dead letters, and the ledger executes each number of an incarnation once.
// `trouble` is the part of commands that meets each of these.

import { FakeWorld } from './fake_world.js';

export const WINDOW = 64;
const SNAPSHOTS_MAX = 4096;
const CUT_PLAYER_MS = 30000;
const NO_TROUBLE = { late: 0, twice: 0, full: 0, letter: 0, refused: 0 };

export class FakeCluster {
  #clock;
  #random;
  #trouble;
  #rate;
  #windows = new Map(); // player -> {incarnation, highest, seen: number -> answer}
  #letters = new Map(); // "incarnation/number" -> answer
  #attached = new Map(); // player -> connections
  #isSettled = false;
  frame = 0;
  world;
  snapshots = new Map(); // frame -> snapshot
  executions = []; // {frame, player, incarnation, number, command, outcome}
  breaches = []; // what a session must never make the ledger see

  constructor({ clock, random, trouble = {}, rate = 20, world = new FakeWorld() }) {
    this.#clock = clock;
    this.#random = random;
    this.#trouble = { ...NO_TROUBLE, ...trouble };
    this.#rate = rate;
    this.world = world;
    this.#keepSnapshot();
  }

  get rate() {
    return this.#rate;
  }

  get newest() {
    return this.snapshots.get(this.frame);
  }

  // Steps of the grid from now on, until stop().
  start() {
    const seconds = 1 / this.#rate;
    const tick = () => {
      if (!this.#isSettled) {
        this.world.step(seconds, this.#random);
        this.#commit();
        this.#clock.setTimeout(tick, seconds * 1000);
      }
    };
    this.#clock.setTimeout(tick, seconds * 1000);
  }

  stop() {
    this.#isSettled = true;
  }

  // No more trouble: everything that is still on its way goes well.
  calm() {
    this.#trouble = NO_TROUBLE;
  }

  attach(player) {
    this.#attached.set(player, (this.#attached.get(player) ?? 0) + 1);
  }

  // A connection is gone; a player who does not come back leaves.
  detach(player, incarnation) {
    this.#attached.set(player, this.#attached.get(player) - 1);
    this.#clock.setTimeout(() => {
      const window = this.#windows.get(player);
      if (window !== undefined && window.incarnation <= incarnation && !this.isAttached(player)) {
        const above = { player, incarnation: (BigInt(`0x${incarnation}`) + 1n).toString(16).padStart(16, '0') };
        this.#decide({ ...above, number: 1, command: { type: 'leave' } });
      }
    }, CUT_PLAYER_MS);
  }

  isAttached = (player) => (this.#attached.get(player) ?? 0) > 0;

  // A gateway passes a command on: {player, incarnation, number, command, marked}. `reply` hears the answer.
  submit(submission, reply) {
    const { late, twice, full } = this.#trouble;
    const copies = this.#random.chance(twice) ? 2 : 1;
    if (!submission.marked && copies === 1 && this.#random.chance(full)) {
      return this.#later(1, 30, () => reply({ outcome: 'unused', reason: 'MAILBOX_FULL' }));
    }
    for (let copy = 0; copy < copies; copy++) {
      const slowest = this.#random.chance(late) ? 3000 : 60;
      this.#later(1, slowest, () => {
        const answer = this.#decide(submission);
        this.#later(1, slowest, () => reply(answer));
      });
    }
  }

  #later(low, high, run) {
    this.#clock.setTimeout(run, this.#random.whole(low, high));
  }

  #windowFor({ player, incarnation }) {
    const known = this.#windows.get(player);
    if (known === undefined || known.incarnation < incarnation) {
      this.#windows.set(player, { incarnation, highest: 0, seen: new Map() });
    }
    return this.#windows.get(player);
  }

  #decide(submission) {
    const { player, incarnation, number } = submission;
    const key = `${incarnation}/${number}`;
    const window = this.#windowFor(submission);
    if (this.#letters.has(key)) {
      return this.#letters.get(key);
    }
    if (window.incarnation > incarnation) {
      return { outcome: 'unused', reason: 'SUPERSEDED' };
    }
    if (window.seen.has(number)) {
      return { outcome: 'duplicate', frame: window.seen.get(number) };
    }
    if (number > window.highest + WINDOW || number <= window.highest - WINDOW) {
      this.breaches.push(`${player} ${key} with highest ${window.highest}`);
      return { outcome: 'unused', reason: 'SEQUENCE_TOO_OLD' };
    }
    if (this.#random.chance(this.#trouble.letter)) {
      const answer = { outcome: 'dead-lettered', letter: String(this.#letters.size + 1), reason: 'States.Timeout' };
      this.#letters.set(key, answer);
      return answer;
    }
    return this.#execute(submission, window);
  }

  #execute({ player, incarnation, number, command }, window) {
    const refusal = this.#random.chance(this.#trouble.refused) ? 'target: nobody likes it' : this.#apply(player, command);
    window.highest = Math.max(window.highest, number);
    window.seen.set(number, this.frame + 1);
    this.#commit();
    const { hash } = this.newest;
    const outcome = refusal === null ? 'applied' : 'refused';
    this.executions.push({ frame: this.frame, player, incarnation, number, command, outcome });
    return { outcome, frame: this.frame, hash, ...(refusal !== null && { reason: refusal }) };
  }

  // null, or why not.
  #apply(player, command) {
    const own = this.world.players.get(player);
    const body = command.type === 'command' ? this.world.find(command.body ?? own) : undefined;
    if (command.type === 'join') {
      if (own !== undefined) {
        return `client: has joined already, with body ${own}`;
      }
      const { x = this.world.width / 2, y = this.world.height / 2, radius = 1, body_kind: kind = 0 } = command;
      this.world.players.set(player, this.world.addBody({ x, y, radius, kind }).id);
      return null;
    }
    if (command.type === 'leave') {
      this.world.remove(own);
      return own === undefined ? 'client: has not joined' : null;
    }
    if (command.kind === 'Spawn') {
      const { x, y, radius, body_kind: kind, vx, vy } = command;
      this.world.addBody({ x, y, radius, kind, vx, vy });
      return null;
    }
    if (command.kind === 'Custom') {
      return null;
    }
    if (body === undefined) {
      return 'body_id: there is no such body';
    }
    this.#changeBody(body, command);
    return null;
  }

  #changeBody(body, { kind, vx, vy }) {
    if (kind === 'SetThrust') {
      body.thrust_x = Math.fround(vx);
      body.thrust_y = Math.fround(vy);
    } else if (kind === 'ApplyImpulse') {
      body.vx = Math.fround(body.vx + vx / body.radius ** 2);
      body.vy = Math.fround(body.vy + vy / body.radius ** 2);
    } else if (kind === 'Despawn') {
      this.world.remove(body.id);
    }
  }

  #commit() {
    this.frame += 1;
    this.#keepSnapshot();
  }

  #keepSnapshot() {
    this.snapshots.set(this.frame, this.world.snapshot(this.frame));
    this.snapshots.delete(this.frame - SNAPSHOTS_MAX);
  }

  // The highest number of an incarnation that the newest frame contains.
  highestOf(player, incarnation) {
    const window = this.#windows.get(player);
    return window !== undefined && window.incarnation === incarnation ? window.highest : 0;
  }
}
