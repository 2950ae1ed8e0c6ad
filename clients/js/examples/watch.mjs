// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// Watches a session: who is in it, and what happens there.
// Usage: node watch.mjs URL SESSION TOKEN   (Node below 22: npm install ws)
import { Session } from '../ledgerquest.js';

const [url, name, token] = process.argv.slice(2);
const WebSocket = globalThis.WebSocket ?? (await import('ws')).WebSocket;
const session = new Session({ url, session: name, right: 'watch', signIn: () => token, WebSocket });

session.on('players', ({ player, body, attached }) => {
  const list = player.map((id, row) => `${id} has body ${body[row]}${attached[row] ? '' : ' (away)'}`);
  console.log(`${player.length} players${list.map((line) => `\n  ${line}`).join('')}`);
});
session.on('event', ({ frame, events }) => {
  events.forEach(({ type, body }) => console.log(`frame ${frame}: ${type}, body ${body}`));
});
session.on('gap', ({ from, to }) => console.log(`frames ${from} to ${to} were missed`));
session.on('end', ({ code, reason }) => console.log(`ended: ${code} ${reason}`));
process.on('SIGTERM', () => session.close());
