// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// The session over real sockets in Node, with the constructor that this Node has or the tests' own.

import test from 'node:test';

import { realSocketCases } from './cases/real_socket_cases.js';
import { FakeServer } from './fake_server.mjs';
import './node_web_socket.mjs';

const server = await new FakeServer().listen();
const deeds = { cut: () => server.cut(), stop: () => server.gateway.closeAll(4000, 'stopping: bye') };
const cases = realSocketCases(server.connectUrl, (deed) => deeds[deed]());

for (const [name, run] of Object.entries(cases)) {
  test(`real sockets: ${name}`, { timeout: 60000 }, run);
}
test.after(() => server.close());
