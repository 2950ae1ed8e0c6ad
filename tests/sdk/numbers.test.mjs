// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// The SDK gives numbers as client/session_numbers.c does, whatever is answered in whatever order.

import assert from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { SessionNumbers } from '../../clients/js/src/session_numbers.js';
import { SeededRandom } from './seeded_random.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['tests/sdk/session_numbers_driver.c', 'client/session_numbers.c', 'base/contract.c'];
const STEPS = 3000;

// Lines for the driver, and what the SDK's numbers say to the takes among them.
function story(seed) {
  const random = new SeededRandom(seed);
  const numbers = new SessionNumbers();
  const open = [];
  const lines = [];
  const taken = [];
  const hunger = random.unit();
  for (let step = 0; step < STEPS; step++) {
    if (open.length === 0 || random.chance(hunger)) {
      const number = numbers.take();
      lines.push('take');
      taken.push(number);
      if (number > 0) {
        open.push(number);
      }
    } else {
      const [number] = open.splice(random.chance(0.5) ? 0 : random.whole(0, open.length - 1), 1);
      const reusable = random.chance(0.4);
      lines.push(`answer ${number} ${reusable ? 1 : 0}`);
      numbers.answer(number, reusable);
    }
  }
  return { lines, taken };
}

test('the numbers of the C library', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lq-numbers-'));
  try {
    const driver = join(folder, 'driver');
    const sources = SOURCES.map((source) => join(ROOT, source));
    execFileSync('cc', ['-std=c17', '-D_GNU_SOURCE', '-I', ROOT, '-o', driver, ...sources]);
    let full = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const { lines, taken } = story(seed);
      const said = execFileSync(driver, { input: `${lines.join('\n')}\n`, encoding: 'ascii' });
      assert.deepEqual(said.trim().split('\n').map(Number), taken, `seed ${seed}`);
      full += taken.filter((number) => number === 0).length;
    }
    assert.ok(full > 100, 'the window was full sometimes');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
