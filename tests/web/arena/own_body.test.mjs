// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// The page's physics of the own body is that of the world, to the last bit.

import assert from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { stepBody } from '../../../web/arena/own_body.js';
import { SeededRandom } from '../../sdk/seeded_random.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SOURCES = ['tests/web/arena/own_body_driver.c', 'actors/physics/domain/motion_v1.c', 'base/contract.c'];

function randomCase(random) {
  const spread = (most) => (random.unit() * 2 - 1) * most;
  const fast = random.chance(0.1) ? 1e6 : 30;
  const body = { x: random.unit() * 60, y: random.unit() * 40, vx: spread(fast), vy: spread(fast) };
  Object.assign(body, { radius: random.chance(0.1) ? 25 : 0.2 + random.unit() * 2, thrust_x: spread(40), thrust_y: spread(40) });
  for (const name of ['vx', 'vy', 'radius', 'thrust_x', 'thrust_y']) {
    body[name] = Math.fround(body[name]);
  }
  if (random.chance(0.1)) {
    Object.assign(body, { thrust_x: 0, thrust_y: 0, vx: 0 });
  }
  const world = { width: 60, height: 40, restitution: random.pick([0, 0.5, 0.6, 1]) };
  return { body, world, seconds: 1 / random.pick([1, 20, 30, 60, 1000]), steps: random.whole(1, 200) };
}

test('a body alone moves as in physics version 1', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lq-body-'));
  try {
    const driver = join(folder, 'driver');
    const options = ['-std=c17', '-O2', '-ffp-contract=off', '-D_GNU_SOURCE', '-I', ROOT, '-o', driver];
    execFileSync('cc', [...options, ...SOURCES.map((source) => join(ROOT, source)), '-lm']);
    const random = new SeededRandom(7);
    const cases = Array.from({ length: 2000 }, () => randomCase(random));
    const lines = cases.map(({ body, world, seconds, steps }) =>
      [
        ...[body.x, body.y, body.vx, body.vy, body.radius, body.thrust_x, body.thrust_y],
        ...[world.width, world.height, world.restitution, seconds, steps],
      ].join(' '),
    );
    const said = execFileSync(driver, { input: `${lines.join('\n')}\n`, encoding: 'ascii' }).trim().split('\n');
    assert.equal(said.length, cases.length);
    cases.forEach(({ body, world, seconds, steps }, index) => {
      for (let step = 0; step < steps; step++) {
        stepBody(body, world, seconds);
      }
      assert.deepEqual([body.x, body.y, body.vx, body.vy], said[index].split(' ').map(Number), lines[index]);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
