// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// States applied to columns.

import { WorldColumns } from '../../../clients/js/ledgerquest.js';
import { check } from '../check.js';
import { BODY_COLUMNS, FakeWorld, contentOf, inColumns, shown } from '../fake_world.js';
import { SeededRandom } from '../seeded_random.js';

const CONFIG = { width: 60, height: 40, restitution: 0.5, rate: { numerator: 20, denominator: 1 }, tenant_bytes: 'AAE=' };
const nobody = () => false;

// A state message as it comes from the wire.
const state = (fields) => JSON.parse(JSON.stringify({ frame: 1, hash: 'h', base: 0, ...fields }));

function keyframeOf(world, frame = 1) {
  return state({ frame, base: null, ...contentOf(shown(world.snapshot(frame), undefined, nobody), null, CONFIG) });
}

const contentIn = ({ bodies, agents, players }) => ({ bodies, agents, players });

function worldOf(count) {
  const world = new FakeWorld();
  for (let index = 0; index < count; index++) {
    world.addBody({ x: 2 + index, y: 3, vx: 0.1 });
  }
  return world;
}

// Some of everything that can happen between two frames.
function change(world, random) {
  if (random.chance(0.3)) {
    world.addBody({ x: random.unit() * 60, y: random.unit() * 40, radius: 0.5 + random.unit() });
  }
  for (const body of [...world.bodies]) {
    if (random.chance(0.5)) {
      Object.assign(body, { x: random.unit() * 60, vx: Math.fround(random.unit()), angle: random.whole(-9, 9) });
    }
    if (random.chance(0.1)) {
      body.thrust_x = Math.fround(random.unit());
    }
    if (random.chance(0.05)) {
      world.remove(body.id);
    }
  }
  if (random.chance(0.2) && world.bodies.length > 0) {
    const body = random.pick(world.bodies).id;
    world.agents = [{ body, behavior: 'Wander', target: 0, strength: Math.fround(random.unit()) }];
    world.players.set(`${random.whole(1, 3)}`.padStart(16, '0'), body);
  }
}

export const cases = {
  'a keyframe is the whole world'() {
    const world = worldOf(3);
    const columns = new WorldColumns();
    columns.apply(keyframeOf(world));
    check.equal(contentIn(columns), inColumns(shown(world.snapshot(1), undefined, nobody)));
    check.equal(
      [columns.width, columns.height, columns.restitution, columns.stepSeconds, columns.tenantBytes],
      [60, 40, 0.5, 0.05, 'AAE='],
    );
    check.equal([columns.frame, columns.hash, columns.rowOf(2), columns.rowOf(9)], [1, 'h', 1, -1]);
  },

  'a session without a rate has no step; a rate may be a plain number'() {
    const columns = new WorldColumns();
    for (const [rate, seconds] of [[null, 0], [{ numerator: 0, denominator: 1 }, 0], [0, 0], [4, 0.25]]) {
      columns.apply({ ...keyframeOf(worldOf(0)), world: { ...CONFIG, rate } });
      check.equal(columns.stepSeconds, seconds, JSON.stringify(rate));
    }
  },

  'a float is the single that its shortest text means'() {
    const columns = new WorldColumns();
    const keyframe = keyframeOf(worldOf(1));
    keyframe.bodies.vx = [0.1];
    keyframe.bodies.x = [0.1];
    columns.apply(keyframe);
    check.equal([columns.bodies.vx[0], columns.bodies.x[0]], [Math.fround(0.1), 0.1]);
  },

  'deltas come to the same as keyframes, whatever happens'() {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new SeededRandom(seed);
      const world = worldOf(random.whole(0, 12));
      const columns = new WorldColumns();
      let view;
      let base = null;
      for (let frame = 1; frame <= 60; frame++) {
        change(world, random);
        if (random.chance(0.1)) {
          view = random.chance(0.3) ? undefined : { x: random.whole(0, 40), y: 0, width: 20, height: 40 };
        }
        const next = shown(world.snapshot(frame), view, nobody);
        const from = random.chance(0.05) ? null : base;
        columns.apply(state({ frame, base: from === null ? null : frame - 1, ...contentOf(next, from, CONFIG) }));
        check.equal(contentIn(columns), inColumns(next), `seed ${seed} frame ${frame}`);
        base = next;
      }
    }
  },

  'what does not fit is refused'() {
    const columns = new WorldColumns();
    const moved = Object.fromEntries(['id', 'x', 'y', 'angle', 'vx', 'vy', 'spin'].map((name) => [name, [0]]));
    columns.apply(keyframeOf(worldOf(2)));
    check.throws(() => columns.apply(state({ gone: [7] })), RangeError, 'gone');
    check.throws(() => columns.apply(state({ moved: { ...moved, id: [7] } })), RangeError, 'moved');
    check.throws(() => columns.apply(state({ moved: { ...moved, x: [1, 2] } })), RangeError, 'two lengths');
    const short = Object.fromEntries(BODY_COLUMNS.slice(1).map((name) => [name, []]));
    check.throws(() => columns.apply(state({ bodies: { ...short, id: [9] } })), RangeError, 'no values');
    check.throws(() => columns.apply(state({ bodies: { id: [9] } })), RangeError, 'no columns');
  },

  'the body of a player'() {
    const world = worldOf(2);
    const columns = new WorldColumns();
    world.players.set('000000000000000a', 2);
    columns.apply(keyframeOf(world));
    check.equal([columns.bodyOf('000000000000000a'), columns.bodyOf('000000000000000b')], [2, 0]);
  },
};
