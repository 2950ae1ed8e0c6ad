// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// The cases fail when they should: with each of these faults planted in a copy of the SDK, one of them does.

import assert from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COPIED = ['clients/js/src', 'clients/js/build.py', 'clients/js/package.json', 'tests/sdk', 'web/arena/own_body.js', 'web/arena/package.json'];
const RUN = `
const { suites } = await import('./tests/sdk/cases/suites.js');
for (const cases of Object.values(suites)) {
  for (const [name, run] of Object.entries(cases)) {
    try {
      await run();
    } catch (error) {
      console.log(name + ': ' + error.message);
      process.exit(9);
    }
  }
}`;

// What is wrong, in which module, what stands there, what stands there instead.
const FAULTS = [
  ['what is owed is given up', 'command_book.js', 'previous !== this.#owedUnder', 'true'],
  ['new commands go before what is owed', 'session.js', 'if (this.#book.owedCount > 0) {', 'if (false) {'],
  ['owed commands are said as new ones', 'command_book.js', ', number, previous: true }', ', number }'],
  ['the newest token settles', 'session.js', 'resume: this.#settleBy ?? this.#resume', 'resume: this.#resume'],
  ['an owed command that came back unused counts as refused', 'command_book.js', "sentBefore ? 'unknown' : 'refused'", "'refused'"],
  ['what is waiting at the end is forgotten', 'command_book.js', 'this.#waiting.splice(0)', '[]'],
  ['a number is not free again', 'command_book.js', "answer.outcome === 'unused');", 'false);'],
  ['a number is free again whatever the answer', 'command_book.js', "answer.outcome === 'unused');", 'true);'],
  ['the window is one too large', 'session_numbers.js', '>> 63n', '>> 64n'],
  ['a delta is applied to any state', 'session.js', 'message.base === this.#state)', 'true)'],
  ['a keyframe keeps what was there', 'world_columns.js', 'if (state.base === null) {', 'if (false) {'],
  ['silence is not noticed', 'session.js', 'if (isSilent) {', 'if (false) {'],
  ['who has joined already counts as refused', 'command_book.js', '?.includes(ALREADY_JOINED)', '?.includes(null)'],
  ['nobody joins again', 'session.js', "if (this.#wanted === null ||", 'if (true ||'],
  ['the base of a changed view is named', 'session.js', 'this.#mayApply && this.#viewHeld', 'this.#mayApply'],
  ['a final code is tried again', 'close_codes.js', "? 'never' : 'later'", "? 'later' : 'later'"],
];

function plant([, module, there, instead]) {
  const folder = mkdtempSync(join(tmpdir(), 'lq-fault-'));
  for (const name of COPIED) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  const file = join(folder, 'clients/js/src', module);
  const text = readFileSync(file, 'utf8');
  assert.equal(text.split(there).length, 2, `${module} has this once: ${there}`);
  writeFileSync(file, text.replace(there, () => instead));
  execFileSync('/usr/bin/python3', [join(folder, 'clients/js/build.py')]);
  return folder;
}

for (const fault of FAULTS) {
  test(`noticed: ${fault[0]}`, () => {
    const folder = plant(fault);
    try {
      const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, LQ_SEEDS: '3' }, timeout: 300000 };
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', RUN], options);
      assert.equal(status, 9, `${stdout}${stderr}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
