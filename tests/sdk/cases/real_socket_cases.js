// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// A few words over real sockets, in Node and in a browser: against the fake server at `url`, whose `tell` carries out
// "cut" and "stop".

import { Session } from '../../../clients/js/ledgerquest.js';
import { check } from '../check.js';

const until = (session, wanted) =>
  new Promise((resolve) => {
    const end = session.on('status', (status) => {
      if (status === wanted) {
        end();
        resolve();
      }
    });
  });

const nextState = (session) =>
  new Promise((resolve) => {
    const end = session.on('state', (world) => {
      end();
      resolve(world);
    });
  });

export const realSocketCases = (url, tell) => ({
  async 'joins, moves, is cut in the middle of a message, and goes on with its body'() {
    const session = new Session({ url, session: 'arena', signIn: () => ({ ticket: 'dora.1' }) });
    check.equal((await session.join({ x: 5, y: 5 })).outcome, 'applied');
    const thrust = session.command('SetThrust', { vx: 2, vy: 0 });
    check.equal((await thrust).outcome, 'applied');
    while (session.body === 0 || !(session.world.bodies.x[session.world.rowOf(session.body)] > 5)) {
      await nextState(session);
    }
    const { body } = session;
    const unanswered = Array.from({ length: 20 }, () => session.command('Custom', { custom: '' }));
    const back = until(session, 'waiting').then(() => until(session, 'open'));
    await tell('cut');
    await back;
    for (const promise of unanswered) {
      check.ok(['applied', 'duplicate'].includes((await promise).outcome), 'settled after the cut');
    }
    await nextState(session);
    check.equal(session.body, body);
    check.ok(session.latencyMs >= 0, 'latency');
    session.close();
  },

  async 'a ticket that was used is told by a close code'() {
    const session = new Session({ url, session: 'arena', signIn: () => ({ ticket: 'dora.1' }) });
    await until(session, 'ended');
    check.equal(session.ending.code, 4501);
  },

  async 'goes on at once when a process says that it stops'() {
    const session = new Session({ url, session: 'arena', signIn: () => 'emil.1' });
    await until(session, 'open');
    const back = until(session, 'waiting').then(() => until(session, 'open'));
    await tell('stop');
    await back;
    check.equal((await session.join()).outcome, 'applied');
    session.close();
  },
});
