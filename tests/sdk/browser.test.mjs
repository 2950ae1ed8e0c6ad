// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// The same cases as in Node, and the real sockets, in Debian's chromium.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

import { FakeServer } from './fake_server.mjs';

const CHROMIUM = '/usr/bin/chromium';
const PATIENCE_MS = 400000;

async function resultsOf(server) {
  for (;;) {
    const { deed, results } = await server.report();
    if (results !== undefined) {
      return results;
    }
    if (deed === 'cut') {
      server.cut();
    } else {
      server.gateway.closeAll(4000, 'stopping: bye');
    }
  }
}

test('in a browser', { timeout: PATIENCE_MS, skip: !existsSync(CHROMIUM) && 'no chromium' }, async (t) => {
  const server = await new FakeServer().listen();
  const profile = await mkdtemp(join(tmpdir(), 'lq-chromium-'));
  const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const url = `${server.origin}/tree/tests/sdk/browser_page.html`;
  const chromium = spawn(CHROMIUM, [...options, `--user-data-dir=${profile}`, url], { stdio: 'ignore' });
  const gone = new Promise((resolve) => {
    chromium.on('exit', resolve);
  });
  try {
    const died = gone.then(() => [{ name: 'chromium', error: 'ended by itself' }]);
    const results = await Promise.race([resultsOf(server), died]);
    for (const { name, error } of results) {
      await t.test(name, () => assert.equal(error, null, error));
    }
  } finally {
    chromium.kill('SIGTERM');
    await gone;
    await server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});
