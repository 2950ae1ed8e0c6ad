// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// The file that is committed is the one that its sources make, small enough, and what its types say.

import assert from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import * as sdk from '../../clients/js/ledgerquest.js';

const FOLDER = fileURLToPath(new URL('../../clients/js/', import.meta.url));
const COMPRESSED_MAX = 12 * 1024;
const EXAMPLE_LINES_MAX = 40;
const TSC = '/usr/bin/tsc';
const read = (name) => readFileSync(join(FOLDER, name), 'utf8');

test('it is built from src/', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lq-sdk-'));
  try {
    execFileSync('/usr/bin/python3', [join(FOLDER, 'build.py'), '--to', join(folder, 'built.js')]);
    assert.equal(readFileSync(join(folder, 'built.js'), 'utf8'), read('ledgerquest.js'), 'run clients/js/build.py');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('it is at most 12 KB compressed, and needs nothing', () => {
  const text = read('ledgerquest.js');
  const { length } = gzipSync(text, { level: 9 });
  console.log(`ledgerquest.js: ${length} bytes compressed`);
  assert.ok(length <= COMPRESSED_MAX, `${length} bytes`);
  assert.doesNotMatch(text, /^import|\bimport\(|\brequire\(|\bDate\b/m);
  assert.equal(JSON.parse(read('package.json')).dependencies, undefined);
});

test('it has the version of the tree', () => {
  const [, version] = /^AC_INIT\(\[ledgerquest\],\[([^\]]+)\]/m.exec(read('../../configure.ac'));
  assert.equal(JSON.parse(read('package.json')).version, version);
});

test('its close codes are those of the gateway', () => {
  const rows = readFileSync(join(FOLDER, '../../gateway/domain/messages.def'), 'utf8').matchAll(/^CLOSE\(\w+, (\d+), "([\w-]+)"/gm);
  const words = Object.entries(sdk.CLOSE_CODES).map(([code, { word }]) => [code, word]);
  assert.deepEqual(words, [...rows].map(([, code, word]) => [code, word]));
});

test('its types name what it has', () => {
  const types = read('ledgerquest.d.ts');
  const declared = [...types.matchAll(/^export (?:class|const) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(declared.sort(), Object.keys(sdk).sort());
  const [, body] = /export class Session \{\n([^]*?)\n\}/.exec(types);
  const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[:(<]/gm)].map(([, name]) => name);
  const session = new sdk.Session({ url: 'ws://nowhere.test', session: 's', WebSocket: class {} });
  session.close();
  for (const member of members.filter((name) => name !== 'constructor')) {
    assert.ok(member in session, member);
  }
});

test('a program in TypeScript accepts its types', { skip: !existsSync(TSC) && 'no tsc (Debian: node-typescript)' }, () => {
  const program = fileURLToPath(new URL('typed_program.ts', import.meta.url));
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--moduleResolution', 'node'];
  const { status, stdout } = spawnSync(TSC, [...options, program], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

test('examples are short', () => {
  for (const name of ['play.mjs', 'watch.mjs', 'page.js', 'page.html']) {
    const lines = read(`examples/${name}`).split('\n').length - 1;
    assert.ok(lines < EXAMPLE_LINES_MAX, `${name} has ${lines} lines`);
  }
});
