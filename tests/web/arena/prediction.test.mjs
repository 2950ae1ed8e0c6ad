// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// Prediction against a world of its own, with a way of 120 ms there and back: what is drawn is felt at once, comes true,
// and is corrected where the world knew better. And what is drawn of others.

import assert from 'node:assert';
import test from 'node:test';

import { OtherBodies } from '../../../web/arena/other_bodies.js';
import { stepBody } from '../../../web/arena/own_body.js';
import { lookAt } from '../../../web/arena/painter.js';
import { Prediction } from '../../../web/arena/prediction.js';

const STEP_MS = 50;
const WAY_MS = 60;
const WORLD = { width: 60, height: 40, restitution: 0.5, stepSeconds: STEP_MS / 1000 };
const START = { x: 30, y: 20, vx: 0, vy: 0, radius: 1, thrust_x: 0, thrust_y: 0 };

// A world that steps every 50 ms, takes pushes 60 ms after they are made and is seen 60 ms later. `look(now, place,
// truth)` is called every 10 ms with what is drawn and what the world has one way later.
function play({ pushes, until, disturb = () => {}, look }) {
  const prediction = new Prediction();
  const truth = { ...START };
  const truths = new Map();
  const arrivals = [];
  const underWay = [];
  for (let now = 0; now <= until + WAY_MS; now += 10) {
    for (const push of underWay.filter(({ at }) => at === now)) {
      Object.assign(truth, { thrust_x: Math.fround(push.x), thrust_y: Math.fround(push.y) });
      push.isTaken = true;
    }
    if (now % STEP_MS === 0) {
      disturb(now, truth);
      stepBody(truth, WORLD, WORLD.stepSeconds);
      arrivals.push({ at: now + WAY_MS, body: { ...truth }, taken: underWay.filter(({ isTaken }) => isTaken) });
    }
    truths.set(now, { ...truth });
    for (const { body, taken } of arrivals.filter(({ at }) => at === now)) {
      taken.forEach(({ progress }) => {
        progress.shown = true;
      });
      prediction.correct(now, body, WORLD, 2 * WAY_MS);
    }
    for (const [, x, y] of pushes.filter(([at]) => at === now)) {
      const progress = { shown: false };
      underWay.push({ at: now + WAY_MS, x, y, progress });
      prediction.push(now, x, y, progress);
    }
    look(now, prediction.place(now), truths.get(now - WAY_MS));
  }
  return truths;
}

test('a push is felt at once', () => {
  play({
    pushes: [[500, 10, 0]],
    until: 700,
    look(now, place, seen) {
      if (now === 600) {
        assert.ok(place.x > 30.02, `only at ${place.x}`);
        assert.equal(seen.x, 30, 'the world as it is seen has not moved');
      }
    },
  });
});

test('what is predicted comes true: one way later the world has it, within a step', () => {
  const pushes = [[300, 12, 0], [700, -12, 6], [900, 0, 0], [1300, 5, -12], [2000, 0, 0]];
  const drawn = new Map();
  const truths = play({ pushes, until: 3000, look: (now, place) => drawn.set(now, place) });
  for (let now = 200; now <= 3000; now += 10) {
    const place = drawn.get(now);
    const later = truths.get(now + WAY_MS);
    const speed = Math.hypot(later.vx, later.vy);
    const bound = 0.05 + (speed + 1) * WORLD.stepSeconds * 1.2;
    assert.ok(Math.hypot(place.x - later.x, place.y - later.y) < bound, `at ${now}: ${place.x} for ${later.x}`);
  }
});

test('a correction is drawn as a slide, and ends where the world is', () => {
  let before = null;
  const pushed = (now, body) => {
    if (now === 1000) {
      body.y += 2; // somebody ran into it
    }
  };
  play({
    pushes: [],
    until: 2500,
    disturb: pushed,
    look(now, place, seen) {
      if (before !== null && place !== null) {
        assert.ok(Math.abs(place.y - before.y) < 0.5, `a jump at ${now} from ${before.y} to ${place.y}`);
      }
      before = place;
      if (now === 2500) {
        assert.ok(Math.abs(place.y - seen.y) < 0.001, 'has arrived');
        assert.ok(Math.abs(place.y - 22) < 0.001);
      }
    },
  });
});

test('a body that is put elsewhere is drawn there at once', () => {
  let jump = 0;
  let before = null;
  play({
    pushes: [],
    until: 2000,
    disturb: (now, body) => Object.assign(body, now === 1000 ? { x: 5 } : {}),
    look(now, place) {
      jump = Math.max(jump, before === null ? 0 : before.x - place.x);
      before = place;
    },
  });
  assert.equal(jump, 25);
});

test('without a body nothing is drawn, without a rate nothing moves', () => {
  const prediction = new Prediction();
  assert.equal(prediction.place(5), null);
  prediction.push(5, 1, 1, { shown: false });
  prediction.correct(10, { ...START, vx: 3 }, { ...WORLD, stepSeconds: 0 }, NaN);
  assert.equal(prediction.place(900).x, 30);
  prediction.correct(910, null, WORLD, 10);
  assert.equal(prediction.place(920), null);
});

test('a page that slept does not work off what it missed', () => {
  const prediction = new Prediction();
  prediction.correct(0, { ...START, vx: 1 }, WORLD, 0);
  assert.ok(prediction.place(3600000).x < 31);
});

test('others move evenly between the states around a time a little ago', () => {
  const others = new OtherBodies();
  const state = (x) => ({ bodies: { id: [4], x: [x], y: [1], vx: [20], vy: [0] } });
  const drawn = [];
  for (let now = 0; now <= 1000; now += 10) {
    if (now % 50 === 0) {
      others.take(now, state(now / 50));
    }
    if (now > 500) {
      drawn.push(others.place(now, 4).x);
    }
  }
  drawn.slice(1).forEach((x, index) => assert.ok(Math.abs(x - drawn[index] - 0.2) < 0.02, `${drawn[index]} to ${x}`));
  assert.ok(others.place(1200, 4).x > 20 && others.place(9000, 4).x < 24, 'goes on for a moment only');
});

test('the camera shows all where it fits, else what is around the own body, never beyond the walls', () => {
  const wide = lookAt(WORLD, { x: 1, y: 1 }, 1280, 800);
  assert.ok(wide.x > 0 && wide.x + 60 * wide.scale < 1280 && wide.y + 40 * wide.scale <= 752);
  for (const x of [0, 30, 60]) {
    const phone = lookAt(WORLD, { x, y: 20 }, 390, 844);
    assert.equal(phone.scale, 15);
    assert.ok(phone.x <= 18 && phone.x + 60 * 15 >= 390 - 18, 'filled from side to side');
    const seen = phone.x + x * 15;
    assert.ok(seen >= 18 && seen <= 372, `the own body is in sight at ${seen}`);
  }
});
