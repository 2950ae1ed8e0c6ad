// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// fake_world.js - a world as the fake cluster keeps it, and what the gateway's states say of it.

import { stepBody } from '../../web/arena/own_body.js';

export const BODY_COLUMNS = [
  'id', 'kind', 'x', 'y', 'angle', 'vx', 'vy', 'spin', 'radius', 'thrust_x', 'thrust_y',
];
const MOTION = ['x', 'y', 'angle', 'vx', 'vy', 'spin'];
const RARELY = ['kind', 'radius', 'thrust_x', 'thrust_y'];

const columnsOf = (bodies, names) => Object.fromEntries(names.map((name) => [name, bodies.map((body) => body[name])]));
const differs = (one, other, names) => names.some((name) => one[name] !== other[name]);
const sameList = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export class FakeWorld {
  width;
  height;
  restitution;
  #nextBody = 1;
  bodies = []; // {id, kind, x, ...}, ascending by id
  agents = []; // {body, behavior, target, strength}
  players = new Map(); // player -> body

  constructor({ width = 60, height = 40, restitution = 0.5 } = {}) {
    Object.assign(this, { width, height, restitution });
  }

  addBody(fields) {
    const body = { kind: 0, x: 1, y: 1, angle: 0, vx: 0, vy: 0, spin: 0, radius: 1, thrust_x: 0, thrust_y: 0 };
    Object.assign(body, fields, { id: this.#nextBody++ });
    for (const name of ['vx', 'vy', 'spin', 'radius', 'thrust_x', 'thrust_y']) {
      body[name] = Math.fround(body[name]);
    }
    this.bodies.push(body);
    return body;
  }

  find(id) {
    return this.bodies.find((body) => body.id === id);
  }

  remove(id) {
    this.bodies = this.bodies.filter((body) => body.id !== id);
    this.agents = this.agents.filter((agent) => agent.body !== id);
    for (const [player, body] of this.players) {
      if (body === id) {
        this.players.delete(player);
      }
    }
  }

  // One step of the grid; `random` draws the directions of agents that wander.
  step(seconds, random) {
    for (const agent of this.agents) {
      const body = this.find(agent.body);
      const angle = random.unit() * 2 * Math.PI;
      body.thrust_x = Math.fround(Math.cos(angle) * agent.strength);
      body.thrust_y = Math.fround(Math.sin(angle) * agent.strength);
    }
    for (const body of this.bodies) {
      stepBody(body, this, seconds);
    }
  }

  // A copy that later changes leave alone.
  snapshot(frame) {
    let sum = frame;
    for (const { id, x, y, vx, thrust_x: thrust } of this.bodies) {
      sum = Math.imul(sum ^ id, 16777619) + Math.trunc((x + y * 3 + vx * 5 + thrust * 7) * 1e4);
    }
    return {
      frame,
      hash: (frame.toString(16) + (sum >>> 0).toString(16).padStart(8, '0')).padStart(64, '0'),
      bodies: this.bodies.map((body) => ({ ...body })),
      agents: this.agents.map((agent) => ({ ...agent })),
      players: [...this.players].sort(([one], [other]) => (one < other ? -1 : 1)),
      config: { width: this.width, height: this.height, restitution: this.restitution },
    };
  }
}

export function isInView(body, view) {
  if (!view) {
    return true;
  }
  const nearestX = Math.min(Math.max(body.x, view.x), view.x + view.width);
  const nearestY = Math.min(Math.max(body.y, view.y), view.y + view.height);
  return (body.x - nearestX) ** 2 + (body.y - nearestY) ** 2 <= body.radius ** 2;
}

// What a client shows of a snapshot: {bodies: as rows, agents, players: as columns}.
export function shown(snapshot, view, isAttached) {
  return {
    bodies: snapshot.bodies.filter((body) => isInView(body, view)),
    agents: columnsOf(snapshot.agents, ['body', 'behavior', 'target', 'strength']),
    players: {
      player: snapshot.players.map(([player]) => player),
      body: snapshot.players.map(([, body]) => body),
      attached: snapshot.players.map(([player]) => isAttached(player)),
    },
  };
}

// The same with bodies as columns, as the session has them.
export const inColumns = (view) => ({ ...view, bodies: columnsOf(view.bodies, BODY_COLUMNS) });

// The content of a state that turns `base` (null: nothing) into `next`, both as shown() makes them.
export function contentOf(next, base, config) {
  if (base === null) {
    return { ...inColumns(next), world: config };
  }
  const before = new Map(base.bodies.map((body) => [body.id, body]));
  const whole = [];
  const moved = [];
  for (const body of next.bodies) {
    const old = before.get(body.id);
    before.delete(body.id);
    if (old === undefined || differs(body, old, RARELY)) {
      whole.push(body);
    } else if (differs(body, old, MOTION)) {
      moved.push(body);
    }
  }
  const gone = [...before.keys()];
  return {
    ...(whole.length > 0 && { bodies: columnsOf(whole, BODY_COLUMNS) }),
    ...(moved.length > 0 && { moved: columnsOf(moved, ['id', ...MOTION]) }),
    ...(gone.length > 0 && { gone }),
    ...(!sameList(base.agents, next.agents) && { agents: next.agents }),
    ...(!sameList(base.players, next.players) && { players: next.players }),
  };
}
