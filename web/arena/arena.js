// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// arena.js - the page: a session, what it shows, and what the player pushes.

import { Session } from '/sdk/ledgerquest.js';

import { Helm } from './helm.js';
import { keepSignIn, readKept, readSignIn } from './kept_sign_in.js';
import { OtherBodies } from './other_bodies.js';
import { Painter } from './painter.js';
import { Panels, shortName } from './panels.js';
import { Prediction } from './prediction.js';

const THRUST = 12; // m/s^2, where the rules allow it
const PUSH_EVERY_MS = 100;
const BRAKE_S = 0.35; // in which a brake would stop the body, within its thrust
const WALL_M = 2;
const NOT_ACCEPTED = 4501; // what is kept signs nobody in any more
const UNKNOWN_PUSH = { x: NaN, y: NaN, at: 0, promise: null };

// A place on one axis: within the rules' length from `from` on, and within the walls, some way off them.
function placeBetween(from, length, wall) {
  const low = Math.max(from, Math.min(WALL_M, wall / 2));
  const high = Math.min(from + length, wall - Math.min(WALL_M, wall / 2));
  return Math.max(low, low + Math.random() * (high - low));
}

class Arena {
  #canvas = document.querySelector('#field');
  #helm = new Helm(this.#canvas);
  #painter = new Painter(this.#canvas);
  #panels = new Panels();
  #others = new OtherBodies();
  #prediction = new Prediction();
  #pushed = UNKNOWN_PUSH; // what the world's body was told last
  #hasJoined = false;
  session;

  constructor(signIn) {
    let { ticket } = signIn;
    const useTicket = () => {
      const once = ticket;
      ticket = undefined;
      return once === undefined ? null : { ticket: once };
    };
    this.session = new Session({
      url: new URL('/v1/connect', location.href),
      session: signIn.session,
      resume: signIn.resume,
      signIn: useTicket,
      statesPerSecond: 30,
    });
    this.#listen();
    const draw = (now) => {
      this.#frame(now);
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  }

  // Where the own body is drawn, for who looks from outside; null without one.
  get drawn() {
    return this.#prediction.place(performance.now());
  }

  get #thrustMax() {
    return Math.max(Math.min(this.session.rules.thrust_max ?? THRUST, THRUST), 1e-6);
  }

  #listen() {
    const { session } = this;
    const keep = () => keepSignIn({ session: session.name, resume: session.resumeToken });
    session.on('resume', keep);
    session.on('status', (status) => {
      this.#panels.showStatus(status);
      this.#canvas.classList.toggle('away', status === 'waiting' || status === 'connecting');
      if (status === 'open') {
        this.#pushed = UNKNOWN_PUSH; // by a connection before, or a page before: tell it anew
      }
    });
    session.on('state', (world) => this.#take(world));
    session.on('players', (players) => this.#panels.showPlayers(players, session.player));
    session.on('event', ({ events }) => events.forEach((event) => this.#panels.tell(event, session.player)));
    session.on('end', (ending) => {
      if (ending.code === NOT_ACCEPTED) {
        keepSignIn({});
      }
      this.#panels.showEnd(ending, readKept().resume !== undefined);
    });
  }

  // Anywhere between the walls where the rules let a player in; who is in the world already stays where it is.
  async #join({ width, height }) {
    const { join } = this.session.rules;
    this.#hasJoined = true;
    const { outcome, reason } = await this.session.join({
      x: placeBetween(join?.x ?? 0, join?.width ?? width, width),
      y: placeBetween(join?.y ?? 0, join?.height ?? height, height),
    });
    if (outcome === 'refused') {
      this.#panels.showNotice('You cannot join', reason, 'Try again', () => location.reload());
    }
  }

  #take(world) {
    const now = performance.now();
    const { bodies } = world;
    const row = world.rowOf(this.session.body);
    const names = ['x', 'y', 'vx', 'vy', 'radius', 'thrust_x', 'thrust_y'];
    const own = row < 0 ? null : Object.fromEntries(names.map((name) => [name, bodies[name][row]]));
    if (!this.#hasJoined) {
      this.#join(world);
    }
    this.#others.take(now, world);
    this.#prediction.correct(now, own, world, this.session.latencyMs);
    this.#panels.showWorld(this.session, world);
  }

  // What is pushed goes out when it has changed, when the last push has gone, and not too often.
  #push(now, own) {
    const max = this.#thrustMax;
    let { x, y } = this.#helm.direction;
    if (this.#helm.isBraking) {
      const part = Math.min(max / Math.max(Math.hypot(own.vx, own.vy) / BRAKE_S, 1e-6), 1) / BRAKE_S / max;
      x = -own.vx * part;
      y = -own.vy * part;
    }
    const wanted = { x: Math.round(x * max * 100) / 100, y: Math.round(y * max * 100) / 100 };
    const { promise, at } = this.#pushed;
    const isSame = wanted.x === this.#pushed.x && wanted.y === this.#pushed.y;
    const isWaiting = promise !== null && promise.progress.number === 0;
    if (isSame || isWaiting || now - at < PUSH_EVERY_MS || this.session.status !== 'open') {
      return;
    }
    const command = this.session.command('SetThrust', { vx: wanted.x, vy: wanted.y });
    this.#pushed = { ...wanted, at: now, promise: command };
    this.#prediction.push(now, wanted.x, wanted.y, command.progress);
  }

  #frame(now) {
    const own = this.#prediction.place(now);
    if (own !== null) {
      this.#push(now, own);
    }
    const { world } = this.session;
    const focus = own ?? { x: world.width / 2, y: world.height / 2 };
    this.#painter.paint(world, this.#looks(now, own), focus, this.#helm.stick);
  }

  #looks(now, own) {
    const { world, body: ownId } = this.session;
    const { bodies, agents, players } = world;
    const behaviors = new Map(agents.body.map((id, row) => [id, agents.behavior[row]]));
    const owners = new Map(players.body.map((id, row) => [id, row]));
    const looks = [];
    bodies.id.forEach((id, row) => {
      if (id === ownId) {
        return;
      }
      const owner = owners.get(id);
      looks.push({
        ...this.#others.place(now, id),
        radius: bodies.radius[row],
        look: owner === undefined ? (behaviors.get(id) ?? 'thing') : 'player',
        ...(owner !== undefined && { label: shortName(players.player[owner]), isAway: !players.attached[owner] }),
      });
    });
    if (own !== null) {
      const max = this.#thrustMax;
      looks.push({ ...own, look: 'own', label: 'you', thrust: { x: own.thrust_x / max, y: own.thrust_y / max } });
    }
    return looks;
  }
}

const signIn = readSignIn();
if (signIn.ticket === undefined && signIn.resume === undefined) {
  new Panels().showNotice(
    'No way in',
    'This page needs a ticket: open the address that ./ops/quickstart has printed. A ticket is good for one visit.',
    'Try again',
    () => location.reload(),
  );
} else {
  globalThis.arena = new Arena(signIn);
}
