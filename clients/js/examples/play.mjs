// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// Joins a session, accelerates to the right, and prints where its body is once a second of the world.
// Usage: node play.mjs URL SESSION TOKEN   (Node below 22: npm install ws)
import { Session } from '../ledgerquest.js';

const [url, name, token] = process.argv.slice(2);
const WebSocket = globalThis.WebSocket ?? (await import('ws')).WebSocket;
const session = new Session({ url, session: name, signIn: () => token, WebSocket });

session.on('problem', ({ code, reason }) => console.error(`${code}: ${reason}`));
session.on('end', ({ code, reason }) => console.error(`ended: ${code} ${reason}`));

const joined = await session.join();
if (joined.outcome !== 'applied') {
  throw new Error(`not joined: ${joined.outcome} ${joined.reason}`);
}
const { outcome, frame } = await session.command('SetThrust', { vx: 3, vy: 0 });
console.log(`thrust ${outcome} at frame ${frame}`);

let printed = 0;
session.on('state', (world) => {
  const row = world.rowOf(session.body);
  const second = Math.floor(world.frame * world.stepSeconds);
  if (row >= 0 && second > printed) {
    printed = second;
    console.log(`frame ${world.frame}: x ${world.bodies.x[row].toFixed(2)} m, ${session.latencyMs.toFixed(0)} ms away`);
  }
});
process.on('SIGTERM', async () => {
  console.log(`leave ${(await session.leave()).outcome}`);
  session.close();
});
