// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// players.mjs - SDK clients in one process, for tests of a real gateway. On standard input a line {url, players:
// [{sub, session, token}]}, then lines: {"cut": n} breaks the connections of n players, {"quiet": true} sends no more
// commands and waits until all have an answer, {"show": {session: frame}} waits until all show these, {"end": true} prints what there is to judge and ends. Each is answered
// with a line {done, ...}. The last one has `records`: {session, player, incarnation, number, outcome, frame, unused} of
// every command, and `worlds`: by sub the columns that its session shows.

import { createInterface } from 'node:readline';

import { Session } from '../../clients/js/ledgerquest.js';
import { NodeWebSocket } from './node_web_socket.mjs';

const COMMAND_EVERY_MS = 250;
const SHOW_MS = 60000;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const sockets = new Set();
class CuttableSocket extends NodeWebSocket {
  constructor(...all) {
    super(...all);
    sockets.add(this);
  }
}

const { url, players } = await read();
const records = [];
const pending = new Set();
let isQuiet = false;

function note(session, sub, promise) {
  pending.add(promise);
  promise.then(({ outcome, frame, unused }) => {
    const { number, incarnation } = promise.progress;
    records.push({ session: session.name, sub, player: session.player, incarnation, number, outcome, frame, unused });
    pending.delete(promise);
  });
}

const sessions = players.map(({ sub, session: name, token }, index) => {
  const session = new Session({ url, session: name, signIn: () => token, WebSocket: CuttableSocket, waitingMax: 1000 });
  session.on('end', (ending) => say({ ended: sub, ...ending }));
  note(session, sub, session.join());
  const timer = setInterval(() => {
    if (isQuiet) {
      clearInterval(timer);
    } else {
      note(session, sub, session.command('ApplyImpulse', { vx: Math.random() - 0.5, vy: Math.random() - 0.5 }));
    }
  }, COMMAND_EVERY_MS + (index % 10));
  return session;
});

for (;;) {
  const order = await read();
  if (order.cut !== undefined) {
    const open = [...sockets].filter(({ isOpen }) => isOpen);
    open.sort(() => Math.random() - 0.5).slice(0, order.cut).forEach((socket) => socket.destroy());
    say({ done: 'cut' });
  } else if (order.quiet) {
    isQuiet = true;
    while (pending.size > 0) {
      await Promise.all(pending);
    }
    say({ done: 'quiet' });
  } else if (order.show) {
    const isShown = ({ name, world }) => world.frame === order.show[name];
    const deadline = performance.now() + SHOW_MS;
    while (!sessions.every(isShown) && performance.now() < deadline) {
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
    const late = sessions.filter((session) => !isShown(session));
    say({ done: 'show', late: late.map(({ name, player, status, world }) => ({ name, player, status, frame: world.frame })) });
  } else {
    const worlds = Object.fromEntries(
      sessions.map(({ world }, index) => {
        const { frame, hash, bodies, agents, players: inWorld, tenantBytes } = world;
        return [players[index].sub, { frame, hash, bodies, agents, players: inWorld, tenantBytes }];
      }),
    );
    say({ done: 'end', records, worlds });
    sessions.forEach((session) => session.close());
    break;
  }
}
process.stdin.destroy();
