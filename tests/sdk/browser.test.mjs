// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// The same cases as in Node, and the real sockets, in Debian's chromium.

import assert from 'node:assert';
import test from 'node:test';

import { Chromium, missing } from './chromium.mjs';
import { FakeServer } from './fake_server.mjs';

const PATIENCE_MS = 600000;

// Carries out what the page wants done until it posts its results.
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

test('in a browser', { timeout: PATIENCE_MS, skip: missing }, async (t) => {
  const server = await new FakeServer().listen();
  const chromium = await new Chromium().start(`${server.origin}/tree/tests/sdk/browser_page.html`);
  try {
    const died = chromium.gone.then(() => [{ name: 'chromium', error: 'ended by itself' }]);
    const results = await Promise.race([resultsOf(server), died]);
    for (const { name, error } of results) {
      await t.test(name, () => assert.equal(error, null, error));
    }
  } finally {
    await chromium.stop();
    await server.close();
  }
});
