// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// Close codes: the table, how long to wait, and what the session does with each.

import { CLOSE_CODES } from '../../../clients/js/ledgerquest.js';
import { afterClose, reconnectWait, retryMs } from '../../../clients/js/src/close_codes.js';
import { check } from '../check.js';
import { Script, outcomeOf } from '../scripted_socket.js';
import { settlePromises } from '../virtual_clock.js';

const RETRIED = [1000, 1001, 1006, 1011, 1013, 4000, 4001, 4008, 4009, 4010, 4029, 4030, 4499];
const FINAL = [4500, 4503, 4504, 4505, 4509, 4510, 4511, 4999];

export const cases = {
  'a code says whether to come back'() {
    for (const code of RETRIED) {
      check.ok(afterClose(code) !== 'never', code);
    }
    for (const code of [...FINAL, 4501]) {
      check.equal(afterClose(code), 'never', code);
    }
    check.equal([afterClose(4000), afterClose(4001), afterClose(4030), afterClose(4123)], ['now', 'later', 'sign-in', 'later']);
    for (const code of Object.keys(CLOSE_CODES)) {
      check.equal(afterClose(Number(code)) === 'never', Number(code) >= 4500, code);
    }
  },

  'a reason may say for how long'() {
    check.equal(retryMs('too-many: retry_ms=2500'), 2500);
    check.equal(retryMs('too-many: connections'), 0);
    check.equal(retryMs(''), 0);
  },

  'waits are random, double up to a bound, and are short where a cause is gone'() {
    for (const [then, first] of [['now', 100], ['later', 500]]) {
      check.equal(reconnectWait(then, 0, () => 0), 0);
      check.equal(reconnectWait(then, 0, () => 0.5), first / 2);
      check.equal(reconnectWait(then, 3, () => 0.5), first * 4);
      check.equal(reconnectWait(then, 99, () => 1), 15000);
    }
  },

  async 'the session comes back after each code that says so'() {
    for (const code of RETRIED) {
      const script = new Script();
      await script.welcome();
      script.socket.drop(code, 'why: so');
      check.equal(script.session.status, 'waiting', code);
      await script.clock.pass(9000);
      check.equal([script.sockets.length, script.session.ending], [2, null], code);
    }
  },

  async 'the session ends with each code that says so, and every promise is told'() {
    for (const code of FINAL) {
      const script = new Script();
      const waiting = script.session.command('Custom', { custom: '' });
      await script.welcome();
      const sent = script.session.command('Custom', { custom: '' });
      script.session.setView(null);
      script.socket.drop(code, 'why: so');
      check.equal(script.session.ending, { code, reason: 'why: so' });
      for (const promise of [waiting, sent]) {
        check.equal(await outcomeOf(promise), { outcome: 'unknown', reason: 'why: so' }, code);
      }
      check.equal(await outcomeOf(script.session.leave()), { outcome: 'refused', reason: 'why: so', unused: true });
      await script.clock.pass(60000);
      check.equal(script.sockets.length, 1, code);
      check.equal(script.told.filter(([name]) => name === 'end').length, 1);
    }
  },

  async 'a gateway that asks for time gets it'() {
    const script = new Script({ random: () => 0 });
    await script.welcome();
    script.socket.drop(4029, 'too-many: retry_ms=3000');
    await script.clock.pass(2999);
    check.equal(script.sockets.length, 1);
    await script.clock.pass(2);
    check.equal(script.sockets.length, 2);
  },

  async 'failures in a row make waits longer, a steady connection makes them short again'() {
    const script = new Script({ random: () => 1 });
    await settlePromises();
    for (const wait of [500, 1000, 2000, 4000, 8000, 15000, 15000]) {
      const before = script.sockets.length;
      script.socket.drop(1006);
      await script.clock.pass(wait - 1);
      check.equal(script.sockets.length, before, wait);
      await script.clock.pass(2);
      check.equal(script.sockets.length, before + 1, wait);
    }
    await script.welcome();
    await script.clock.pass(5001);
    script.socket.drop(1006);
    await script.clock.pass(501);
    check.equal(script.sockets.length, 9);
  },

  async 'a sign-in that was refused is not tried again, a resume that was refused is'() {
    let asked = 0;
    const signIn = () => `token-${++asked}`;
    const script = new Script({ signIn });
    await settlePromises();
    check.equal(script.socket.protocols, ['v1.json.ledgerquest', 'bearer.token-1']);
    await script.welcome();
    script.socket.drop(1006);
    await script.clock.pass(1000);
    check.equal(script.socket.protocols, ['v1.json.ledgerquest', 'resume.resume-1']);
    script.socket.drop(4501, 'not-accepted: expired');
    await script.clock.pass(1000);
    check.equal(script.socket.protocols, ['v1.json.ledgerquest', 'bearer.token-2']);
    script.socket.drop(4501, 'not-accepted: no');
    check.equal([script.session.ending.code, asked], [4501, 2]);
  },

  async 'a token that has expired is replaced'() {
    let asked = 0;
    const script = new Script({ signIn: () => ({ ticket: `ticket-${++asked}` }) });
    await script.welcome();
    check.equal(new URL(script.socket.url).searchParams.get('ticket'), 'ticket-1');
    check.equal(script.socket.protocols, ['v1.json.ledgerquest']);
    script.socket.drop(4030, 'token-expired: now');
    await script.clock.pass(1000);
    check.equal(new URL(script.socket.url).searchParams.get('ticket'), 'ticket-2');
  },

  async 'a callback that fails is asked again, one that has nothing ends the session'() {
    const answers = [() => Promise.reject(new Error('offline')), () => null];
    const script = new Script({ signIn: () => answers.shift()() });
    await settlePromises();
    check.equal([script.session.status, script.sockets.length], ['waiting', 0]);
    check.equal(script.told[0], ['problem', { code: 'sign-in', reason: 'Error: offline' }]);
    await script.clock.pass(1000);
    check.equal(script.session.ending, { code: 4501, reason: 'nothing to sign in by' });
  },

  async 'a sign-in that no handshake can carry ends the session'() {
    class Picky {
      constructor() {
        throw new SyntaxError('a space');
      }
    }
    const script = new Script({ WebSocket: Picky, signIn: () => 'a b' });
    await settlePromises();
    check.equal(script.session.ending.code, 4501);
  },
};
