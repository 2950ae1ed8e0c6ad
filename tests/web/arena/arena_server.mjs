// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// arena_server.mjs - who serves the arena to its tests: {origin, ticket(sub), close()}. The fake gateway, or with
// LQ_ARENA_ORIGIN and LQ_ARENA_TENANT a real one, of whose cluster LQ_CONFIG and LQ_BIN_DIR tell.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { FakeServer } from '../../sdk/fake_server.mjs';
import { FakeWorld } from '../../sdk/fake_world.js';

function livelyWorld() {
  const world = new FakeWorld({ width: 60, height: 40, restitution: 0.6 });
  for (let index = 0; index < 12; index++) {
    const { id } = world.addBody({ x: 5 + index * 4.5, y: 6 + ((index * 7) % 30), radius: 0.6 + (index % 4) * 0.25 });
    if (index < 9) {
      world.agents.push({ body: id, behavior: ['Wander', 'Seek', 'Flee'][index % 3], target: 0, strength: 3 });
    }
  }
  return world;
}

function realServer({ LQ_ARENA_ORIGIN: origin, LQ_ARENA_TENANT: tenant, LQ_BIN_DIR: programs }) {
  const lqctl = join(programs, 'lqctl');
  return {
    origin,
    ticket: (sub) => execFileSync(lqctl, ['token', 'ticket', tenant, sub], { encoding: 'utf8' }).trim().split(/\s+/).pop(),
    async close() {},
  };
}

export async function arenaServer() {
  if (process.env.LQ_ARENA_ORIGIN !== undefined) {
    return realServer(process.env);
  }
  const server = await new FakeServer({ world: livelyWorld() }).listen();
  let count = 0;
  return { origin: server.origin, ticket: (sub) => `${sub}.${++count}`, close: () => server.close() };
}
