// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// The examples of clients/js run, and do what they say.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Chromium, missing } from './chromium.mjs';
import { FakeServer } from './fake_server.mjs';

const EXAMPLES = fileURLToPath(new URL('../../clients/js/examples/', import.meta.url));
const PRELOAD = pathToFileURL(fileURLToPath(new URL('node_web_socket.mjs', import.meta.url))).href;
const PATIENCE = { timeout: 120000 };

// A program that runs until told to stop, and what it has printed.
class Example {
  text = '';
  #process;
  #gone;
  #waiters = new Set();

  constructor(name, ...options) {
    this.#process = spawn(process.execPath, ['--import', PRELOAD, EXAMPLES + name, ...options]);
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on('data', (chunk) => {
        this.text += chunk;
        this.#waiters.forEach((look) => look());
      });
    }
    this.#gone = new Promise((resolve) => {
      this.#process.on('exit', resolve);
    });
  }

  async prints(pattern) {
    const printed = new Promise((resolve) => {
      const look = () => pattern.test(this.text) && resolve();
      this.#waiters.add(look);
      look();
    });
    await Promise.race([printed, this.#gone.then(() => assert.match(this.text, pattern))]);
  }

  async stop() {
    this.#process.kill('SIGTERM');
    return this.#gone;
  }
}

test('play.mjs joins, accelerates, reports and leaves', PATIENCE, async () => {
  const server = await new FakeServer().listen();
  const example = new Example('play.mjs', server.connectUrl, 'arena', 'fritz.1');
  await example.prints(/thrust applied at frame \d+\n[^]*frame \d+: x \d+\.\d\d m, \d+ ms away/);
  assert.equal(server.cluster.world.players.size, 1);
  assert.equal(await example.stop(), 0, example.text);
  await example.prints(/leave applied/);
  assert.equal(server.cluster.world.players.size, 0);
  await server.close();
});

test('watch.mjs tells who is there', PATIENCE, async () => {
  const server = await new FakeServer().listen();
  const example = new Example('watch.mjs', server.connectUrl, 'arena', 'greta.1');
  await example.prints(/0 players/);
  const player = new Example('play.mjs', server.connectUrl, 'arena', 'hans.1');
  await example.prints(/1 players\n {2}[0-9a-f]{16} has body \d+\n/);
  await player.prints(/ms away/);
  assert.equal(await player.stop(), 0, player.text);
  assert.equal(await example.stop(), 0, example.text);
  await server.close();
});

test('page.html plays in a browser', { ...PATIENCE, skip: missing }, async () => {
  const server = await new FakeServer().listen();
  const chromium = await new Chromium().start(
    `${server.origin}/tree/clients/js/examples/page.html#session=arena&ticket=ida.1`,
  );
  while (server.cluster.world.players.size === 0 || !server.gateway.seen.some(([, { state }]) => state > 10)) {
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  await chromium.stop();
  await server.close();
});
