// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// Everything that the types offer, used as meant, and a few uses that they must refuse.

import { CLOSE_CODES, CommandPromise, Outcome, Session, WorldColumns } from '../../clients/js/ledgerquest.js';

async function play(session: Session): Promise<number> {
  const joined: Outcome = await session.join({ x: 1, y: 2 });
  const thrust: CommandPromise = session.command('SetThrust', { vx: 1, vy: 0 });
  const shown: boolean = thrust.progress.shown;
  const { outcome, frame = 0 } = await thrust;
  const stop = session.on('state', (world: WorldColumns) => {
    const row = world.rowOf(session.body);
    const x: number | undefined = world.bodies.x[row];
    session.setView(x === undefined ? null : { x, y: 0, width: 10, height: 10 });
  });
  session.on('end', ({ code, reason }) => `${code + 1} ${reason.length} ${CLOSE_CODES[code]?.then}`);
  stop();
  await session.command('SetBehavior', { behavior: 'Wander', body: 3, strength: 1 });
  await session.command('Custom', { custom: 'AAA=' });
  // @ts-expect-error a kind that is not there
  session.command('Jump', {});
  // @ts-expect-error fields of another kind
  session.command('SetThrust', { x: 1, y: 2 });
  // @ts-expect-error an event that is not there
  session.on('weather', () => {});
  // @ts-expect-error columns are read only
  session.world.bodies.x[0] = 1;
  return outcome === joined.outcome && shown ? frame : session.latencyMs;
}

play(new Session({ url: 'wss://example.test/v1/connect', session: 'arena', signIn: async () => ({ ticket: 'T' }) }));
