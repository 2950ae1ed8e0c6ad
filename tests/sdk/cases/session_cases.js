// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// The session's states, word by word: what it says when, and what its promises come to.

import { Session } from '../../../clients/js/ledgerquest.js';
import { check } from '../check.js';
import { Script, incarnationOf, outcomeOf } from '../scripted_socket.js';
import { SeededRandom } from '../seeded_random.js';
import { settlePromises } from '../virtual_clock.js';

const custom = (tag) => ({ custom: tag });
const BODIES = ['id', 'kind', 'x', 'y', 'angle', 'vx', 'vy', 'spin', 'radius', 'thrust_x', 'thrust_y'];
const columns = (names, rows) => Object.fromEntries(names.map((name, at) => [name, rows.map((row) => row[at])]));

function stateOf(fields) {
  return {
    type: 'state',
    state: 1,
    frame: 8,
    hash: 'hash-8',
    base: null,
    applied: 0,
    bodies: columns(BODIES, [[1, 0, 2, 3, 0, 0, 0, 0, 1, 0, 0]]),
    agents: columns(['body', 'behavior', 'target', 'strength'], []),
    players: columns(['player', 'body', 'attached'], [['00000000000000aa', 1, true]]),
    world: { width: 10, height: 10, restitution: 1, rate: { numerator: 10, denominator: 1 } },
    ...fields,
  };
}
const numbersOf = (messages) => messages.map(({ number }) => number);
const moved = (fields) => ({ type: 'state', state: 2, frame: 9, hash: 'hash-9', base: 1, applied: 0, ...fields });

export const cases = {
  async 'hello says what is wanted, and nothing more'() {
    const script = new Script({ create: 'arena', statesPerSecond: 30, view: { x: 1, y: 2, width: 3, height: 4 } });
    await script.welcome();
    check.equal(script.socket.sent[0], {
      type: 'hello',
      session: 'arena',
      right: 'play',
      create: 'arena',
      states_per_s: 30,
      view: { x: 1, y: 2, width: 3, height: 4 },
    });
    const plain = new Script({ right: 'watch' });
    await plain.welcome();
    check.equal(plain.socket.sent[0], { type: 'hello', session: 'arena', right: 'watch' });
    check.throws(() => plain.session.leave(), TypeError, 'a watcher');
  },

  async 'each answer settles its promise'() {
    const script = new Script();
    await script.welcome();
    const answers = [
      [{ outcome: 'applied', frame: 9, hash: 'h' }, { outcome: 'applied', frame: 9, hash: 'h' }],
      [{ outcome: 'refused', reason: 'why', frame: 9 }, { outcome: 'refused', reason: 'why', frame: 9 }],
      [{ outcome: 'duplicate', frame: 3 }, { outcome: 'duplicate', frame: 3 }],
      [{ outcome: 'dead-lettered', letter: '12', frame: undefined }, { outcome: 'dead-lettered', letter: '12' }],
      [
        { outcome: 'unused', reason: 'MAILBOX_FULL', frame: undefined },
        { outcome: 'refused', reason: 'MAILBOX_FULL', unused: true },
      ],
    ];
    for (const [index, [answer, told]] of answers.entries()) {
      const promise = script.session.command('Custom', custom(''));
      check.equal(await outcomeOf(promise), 'pending');
      await script.receipt({ number: index + 1, ...answer });
      check.equal(await outcomeOf(promise), told);
    }
    const refused = script.session.command('Spawn', { x: 1 });
    script.socket.say({ type: 'error', code: 'not-allowed', reason: 'Spawn', number: 5, fatal: false });
    check.equal(await outcomeOf(refused), { outcome: 'refused', reason: 'not-allowed: Spawn', unused: true });
    check.equal(script.told.at(-1), ['problem', { code: 'not-allowed', reason: 'Spawn' }]);
    script.session.command('Custom', custom(''));
    check.equal(script.socket.sent.at(-1).number, 5, 'its number is free again');
  },

  async 'a Join from before the first welcome is said once; one that was refused is not wanted'() {
    const script = new Script();
    const joined = script.session.join({ x: 1 });
    await script.welcome();
    check.equal([script.session.status, script.socket.sentOf('join')], ['open', [{ type: 'join', x: 1, number: 1 }]]);
    await script.receipt({ number: 1, outcome: 'unused', reason: 'MAILBOX_FULL', frame: undefined });
    check.equal([(await joined).outcome, joined.progress.number], ['refused', 1]);
    await script.reconnect();
    check.equal(script.socket.sentOf('join'), []);
  },

  async 'who is in the world already has joined'() {
    const script = new Script();
    await script.welcome();
    const joined = script.session.join();
    const reason = 'client: has joined already, with body 7';
    await script.receipt({ number: 1, outcome: 'refused', reason });
    check.equal(await outcomeOf(joined), { outcome: 'applied', already: true, frame: 8, reason });
    await script.reconnect();
    await script.receipt({ number: 1, outcome: 'refused', reason });
    await script.reconnect();
    check.equal(script.socket.sentOf('join').length, 1, 'is still wanted');
    check.equal(script.told.filter(([name]) => name === 'problem'), []);
  },

  async 'after a cut: settle in order, then Join, then what is new'() {
    const script = new Script();
    await script.welcome();
    const { session } = script;
    const first = [session.join({ x: 1 }), session.command('SetThrust', { vx: 1, vy: 0 }), session.leave(), session.join()];
    check.equal(numbersOf(script.socket.sentOf('join', 'command', 'leave')), [1, 2, 3, 4]);
    await script.receipt({ number: 1, outcome: 'applied' });
    await script.receipt({ number: 3, outcome: 'applied' });
    script.socket.drop(1006);
    const late = session.command('SetThrust', { vx: 2, vy: 0 });
    await script.clock.pass(9000);
    const { sent, sentOf } = await script.welcome({ previous: incarnationOf(1) });
    check.equal([sent[0].resume, session.status], ['resume-1', 'settling']);
    check.equal(sent.slice(1).filter(({ type }) => type !== 'ping'), [
      { type: 'command', kind: 'SetThrust', vx: 1, vy: 0, number: 2, previous: true },
      { type: 'join', number: 4, previous: true },
    ]);
    await script.receipt({ number: 4, previous: true, outcome: 'applied' });
    check.equal(session.status, 'settling');
    await script.receipt({ number: 2, previous: true, outcome: 'duplicate', frame: 7 });
    check.equal([session.status, sent.at(-1)], ['joining', { type: 'join', number: 1 }]);
    await script.receipt({ number: 1, outcome: 'refused', reason: 'client: has joined already, with body 7' });
    check.equal([session.status, sent.at(-1)], ['open', { type: 'command', kind: 'SetThrust', vx: 2, vy: 0, number: 2 }]);
    check.equal((await Promise.all(first)).map(({ outcome }) => outcome), ['applied', 'duplicate', 'applied', 'applied']);
    check.equal([await outcomeOf(late), sentOf === undefined], ['pending', false]);
  },

  async 'a cut while settling settles under the same incarnation again'() {
    const script = new Script();
    await script.welcome();
    const promise = script.session.command('Custom', custom(''));
    for (const previous of [1, 1, 1]) {
      script.socket.drop(1006);
      await script.clock.pass(9000);
      await script.welcome({ previous: incarnationOf(previous) });
      check.equal(script.socket.sent[0].resume, 'resume-1');
      check.equal(script.socket.protocols[1], `resume.resume-${script.sockets.length - 1}`, 'signs in by the newest');
      check.equal(numbersOf(script.socket.sentOf('command')), [1]);
    }
    await script.receipt({ number: 1, previous: true, outcome: 'applied' });
    check.equal((await promise).outcome, 'applied');
    await script.reconnect();
    check.equal(script.socket.sent[0].resume, 'resume-4', 'nothing is owed any more');
  },

  async 'a Join under way when a connection breaks is settled, and said again'() {
    const script = new Script();
    await script.welcome();
    const joined = script.session.join();
    await script.receipt({ number: 1, outcome: 'applied' });
    await script.reconnect();
    check.equal(script.socket.sentOf('join'), [{ type: 'join', number: 1 }]);
    await script.reconnect();
    check.equal(script.socket.sentOf('join'), [{ type: 'join', number: 1, previous: true }]);
    await script.receipt({ number: 1, previous: true, outcome: 'refused', reason: 'client: has joined already, with body 1' });
    check.equal(script.socket.sentOf('join').at(-1), { type: 'join', number: 1 });
    check.equal((await joined).outcome, 'applied');
  },

  async 'what may have been executed is unknown when nobody can tell'() {
    const rows = [
      ['not resumed', { accepts: false }, null, 'the gateway did not resume'],
      ['superseded', {}, { outcome: 'unused', reason: 'SUPERSEDED' }, 'SUPERSEDED'],
      ['of another incarnation', { accepts: false, more: { previous: incarnationOf(99) } }, null, 'the gateway did not resume'],
    ];
    for (const [name, how, answer, reason] of rows) {
      const script = new Script();
      await script.welcome();
      const promise = script.session.command('Custom', custom(''));
      await script.reconnect(how);
      if (answer !== null) {
        await script.receipt({ number: 1, previous: true, frame: undefined, ...answer });
      }
      const told = await outcomeOf(promise);
      check.equal([told.outcome, told.reason, script.session.status], ['unknown', reason, 'open'], name);
    }
  },

  async 'an error about an owed command does not call it refused'() {
    const script = new Script();
    await script.welcome();
    const promise = script.session.command('Custom', custom(''));
    await script.reconnect();
    script.socket.say({ type: 'error', code: 'not-allowed', reason: 'rules', number: 1, previous: true, fatal: false });
    check.equal((await outcomeOf(promise)).outcome, 'unknown');
  },

  async 'an owed command that comes too fast is said again'() {
    const script = new Script();
    await script.welcome();
    const promise = script.session.command('Custom', custom(''));
    await script.reconnect();
    script.socket.say({ type: 'error', code: 'number-in-use', reason: '1', number: 1, previous: true, fatal: false });
    script.socket.say({ type: 'error', code: 'rate', reason: '20 a second', number: 1, previous: true, fatal: false });
    check.equal([await outcomeOf(promise), script.socket.sentOf('command').length], ['pending', 1]);
    await script.clock.pass(1000);
    check.equal(script.socket.sentOf('command').length, 2);
    await script.receipt({ number: 1, previous: true, outcome: 'applied' });
    check.equal((await promise).outcome, 'applied');
  },

  async 'a Join after a cut that found no room is said again; one that is refused is told'() {
    const script = new Script();
    await script.welcome();
    script.session.join();
    await script.receipt({ number: 1, outcome: 'applied' });
    await script.reconnect();
    await script.receipt({ number: 1, outcome: 'unused', reason: 'MAILBOX_FULL' });
    await script.clock.pass(300);
    check.equal(numbersOf(script.socket.sentOf('join')), [1, 1]);
    await script.receipt({ number: 1, outcome: 'refused', reason: 'world: full, it has 256 players' });
    check.equal([script.session.status, script.told.at(-2)], [
      'open',
      ['problem', { code: 'rejoin', reason: 'world: full, it has 256 players' }],
    ]);
    await script.reconnect();
    check.equal([script.socket.sentOf('join'), script.session.status], [[], 'open'], 'not wanted any more');
  },

  async 'who has left does not join again'() {
    const script = new Script();
    await script.welcome();
    script.session.join();
    script.session.leave();
    await script.receipt({ number: 1, outcome: 'applied' });
    await script.reconnect();
    await script.receipt({ number: 2, previous: true, outcome: 'applied' });
    check.equal([script.socket.sentOf('join'), script.session.status], [[], 'open']);
  },

  async 'at most 64 have no answer, then a bounded queue, then a refusal'() {
    const script = new Script({ waitingMax: 3 });
    await script.welcome();
    const promises = Array.from({ length: 68 }, (_, index) => script.session.command('Custom', custom(`${index}`)));
    check.equal(numbersOf(script.socket.sentOf('command')).at(-1), 64);
    check.equal(await outcomeOf(promises[67]), { outcome: 'refused', reason: 'QUEUE_FULL', unused: true });
    await script.receipt({ number: 2, outcome: 'applied' });
    check.equal(script.socket.sentOf('command').length, 64, 'the oldest would leave the window');
    await script.receipt({ number: 1, outcome: 'applied' });
    check.equal(numbersOf(script.socket.sentOf('command')).slice(64), [65, 66]);
    await script.receipt({ number: 66, outcome: 'unused', reason: 'MAILBOX_FULL' });
    check.equal(script.socket.sentOf('command').at(-1), { type: 'command', kind: 'Custom', custom: '66', number: 66 });
  },

  async 'the gateway may want fewer, and slower'() {
    const script = new Script();
    await script.welcome({ limits: { outstanding: 2, commands_per_s: 2 } });
    const sent = () => script.socket.sentOf('command').length;
    for (let index = 0; index < 6; index++) {
      script.session.command('Custom', custom(''));
    }
    check.equal(sent(), 2);
    await script.receipt({ number: 1, outcome: 'applied' });
    await script.receipt({ number: 2, outcome: 'applied' });
    check.equal(sent(), 2, 'two a second');
    await script.clock.pass(501);
    check.equal(sent(), 3);
    await script.clock.pass(501);
    check.equal(sent(), 4);
    await script.clock.pass(2000);
    check.equal(sent(), 4, 'two without an answer');
  },

  async 'what cannot be said is an error of the caller'() {
    const script = new Script();
    await script.welcome({ limits: { message_bytes: 1000 } });
    check.throws(() => script.session.command('SetThrust', { vx: NaN, vy: 0 }), TypeError);
    check.throws(() => script.session.join({ x: Infinity }), TypeError);
    check.throws(() => script.session.setView({ x: 0, y: 0, width: NaN, height: 1 }), TypeError);
    check.throws(() => script.session.command('Custom', custom('x'.repeat(1000))), RangeError);
    check.throws(() => new Session({ url: 'nowhere', session: 's', WebSocket: class {} }), TypeError);
    check.equal(script.socket.sentOf('command', 'join', 'view'), []);
  },

  async 'states: each is acknowledged, a delta needs its base, a misfit asks for a keyframe once'() {
    const script = new Script();
    const frames = [];
    script.session.on('state', (world) => frames.push(world.frame));
    await script.welcome();
    script.socket.say(stateOf());
    script.socket.say(moved({ moved: columns(['id', 'x', 'y', 'angle', 'vx', 'vy', 'spin'], [[1, 5, 6, 0, 0, 0, 0]]) }));
    check.equal([script.session.world.bodies.x, script.session.body], [[5], 1]);
    script.socket.say(moved({ state: 4, base: 3, frame: 11 }));
    script.socket.say(moved({ state: 5, base: 4, frame: 12 }));
    check.equal([frames, script.socket.sentOf('refresh').length], [[8, 9], 1]);
    script.socket.say(stateOf({ state: 6, frame: 13 }));
    script.socket.say(moved({ state: 7, base: 6, frame: 14, gone: [77] }));
    check.equal([frames, script.socket.sentOf('refresh').length], [[8, 9, 13], 2], 'gone: who was not there');
    check.equal(script.socket.sentOf('ack').map(({ state }) => state), [1, 2, 4, 5, 6, 7]);
  },

  async 'a resume names the state that is held, unless that is not sure'() {
    const script = new Script();
    await script.welcome();
    check.equal(script.socket.sent[0].have, undefined, 'nothing yet');
    script.socket.say(stateOf());
    await script.reconnect();
    check.equal(script.socket.sent[0].have, { frame: 8, hash: 'hash-8' });
    script.socket.say(moved({ state: 1, base: -1 }));
    check.equal(script.session.world.frame, 9);
    script.session.setView({ x: 0, y: 0, width: 1, height: 1 });
    await script.reconnect();
    check.equal([script.socket.sent[0].have, script.socket.sent[0].view.width], [undefined, 1], 'the view has changed');
    script.socket.say(moved({ state: 1, base: -1, frame: 10 }));
    check.equal([script.session.world.frame, script.socket.sentOf('refresh').length], [9, 1], 'was not named');
    await script.reconnect();
    check.equal(script.socket.sent[0].have, undefined, 'a misfit');
  },

  async 'a view set before the welcome is said after it'() {
    const script = new Script();
    await settlePromises();
    script.socket.open();
    script.session.setView({ x: 0, y: 0, width: 1, height: 1 });
    check.equal(script.socket.sent.length, 1);
    await script.welcome();
    check.equal(script.socket.sentOf('view'), [{ type: 'view', x: 0, y: 0, width: 1, height: 1 }]);
    script.session.setView(null);
    check.equal(script.socket.sentOf('view').at(-1), { type: 'view', all: true });
  },

  async 'whether a command shows: by its number in a state, or by its frame'() {
    const script = new Script();
    await script.welcome();
    const byNumber = script.session.command('SetThrust', { vx: 1, vy: 0 });
    const byFrame = script.session.command('SetThrust', { vx: 2, vy: 0 });
    const refused = script.session.command('SetThrust', { vx: 3, vy: 0 });
    check.equal([byNumber.progress.number, refused.progress.number], [1, 3]);
    script.socket.say(stateOf({ applied: 1 }));
    check.equal([byNumber.progress.shown, byFrame.progress.shown], [true, false]);
    await script.receipt({ number: 2, outcome: 'applied', frame: 9 });
    check.equal(byFrame.progress.shown, false, 'its frame has not come');
    await script.receipt({ number: 3, outcome: 'unused', frame: undefined });
    check.equal(refused.progress.shown, true, 'there is nothing to show');
    script.socket.say(moved({ applied: 1 }));
    check.equal(byFrame.progress.shown, true);
  },

  async 'latency is measured, a gateway that asks is answered, silence is a cut'() {
    const script = new Script();
    await script.welcome();
    const first = script.socket.sentOf('ping')[0].at;
    await script.clock.pass(40);
    script.socket.say({ type: 'ping', at: first });
    check.equal(script.session.latencyMs, 40);
    script.socket.say({ type: 'ping', at: 17 });
    check.equal(script.socket.sent.at(-1), { type: 'ping', at: 17 });
    script.socket.say({ type: 'ping', at: first });
    check.equal(script.socket.sentOf('ping').length, 2, 'an old answer of ours is not answered');
    await script.clock.pass(9900);
    script.socket.say(stateOf());
    await script.clock.pass(8000);
    check.equal([script.sockets.length, script.session.status], [1, 'open'], 'something came');
    await script.clock.pass(5000);
    check.equal([script.sockets.length, script.sockets[0].isClosed], [2, true]);
  },

  async 'a connection without a welcome is given up'() {
    const script = new Script();
    await settlePromises();
    script.socket.open();
    await script.clock.pass(10001);
    check.equal([script.session.status, script.sockets[0].isClosed], ['waiting', true]);
    script.sockets[0].say({ type: 'welcome', player: 'x', incarnation: 'y' });
    script.sockets[0].drop(4500);
    check.equal(script.session.status, 'waiting', 'what an old connection says does not count');
  },

  async 'a new resume token is taken, and told'() {
    const script = new Script();
    const tokens = [];
    script.session.on('resume', (token) => tokens.push(token));
    await script.welcome();
    const promise = script.session.command('Custom', custom(''));
    script.socket.say({ type: 'resume', resume: 'fresher' });
    await script.reconnect();
    check.equal([tokens, script.socket.sent[0].resume], [['resume-1', 'fresher', 'resume-2'], 'fresher']);
    check.equal([await outcomeOf(promise), script.session.resumeToken], ['pending', 'resume-2']);
  },

  async 'without a resume token only the callback signs in'() {
    let asked = 0;
    const script = new Script({ signIn: () => `token-${++asked}` });
    await script.welcome({ resume: undefined });
    const promise = script.session.command('Custom', custom(''));
    await script.reconnect({ accepts: false });
    check.equal([script.socket.protocols[1], script.socket.sent[0].resume], ['bearer.token-2', undefined]);
    check.equal((await outcomeOf(promise)).outcome, 'unknown');
  },

  async 'a session that the gateway names is the one that is meant from then on'() {
    const script = new Script({ session: 'own-2' });
    await script.welcome({ session: 'own-aa-2' });
    await script.reconnect({ more: { session: 'own-aa-2' } });
    check.equal([script.socket.sent[0].session, script.session.name], ['own-aa-2', 'own-aa-2']);
  },

  async 'a page that was loaded again signs in by the token it kept'() {
    const script = new Script({ resume: 'kept', signIn: undefined });
    await settlePromises();
    check.equal(script.socket.protocols, ['v1.json.ledgerquest', 'resume.kept']);
    await script.welcome({ previous: incarnationOf(50) });
    check.equal([script.socket.sent[0].resume, script.session.status], ['kept', 'open']);
  },

  async 'an incarnation that is too old is given up, when all have heard it'() {
    const script = new Script();
    await script.welcome();
    const promise = script.session.command('Custom', custom(''));
    await script.receipt({ number: 1, outcome: 'unused', reason: 'INCARNATION_TOO_OLD', frame: undefined });
    check.equal((await outcomeOf(promise)).unused, true);
    await script.clock.pass(3000);
    check.equal(script.sockets.length, 2);
  },

  async 'closing settles everything and is heard once'() {
    const script = new Script();
    await script.welcome();
    const sent = script.session.command('Custom', custom(''));
    await script.reconnect({ more: { limits: { outstanding: 1 } } });
    const waiting = script.session.command('Custom', custom(''));
    script.session.close();
    script.session.close();
    check.equal((await outcomeOf(sent)).outcome, 'unknown');
    check.equal([(await outcomeOf(waiting)).outcome, (await outcomeOf(waiting)).unused], ['refused', true]);
    check.equal([script.session.status, script.socket.isClosed], ['ended', true]);
    check.equal(script.told.filter(([name]) => name === 'end'), [['end', { code: 1000, reason: 'closed by the application' }]]);
  },

  async 'events and gaps are passed on, what is not known is left alone, what is no JSON is a cut'() {
    const script = new Script();
    const heard = [];
    script.session.on('event', (event) => heard.push(event));
    const end = script.session.on('gap', (gap) => heard.push(gap));
    await script.welcome();
    script.socket.say({ type: 'event', frame: 3, events: [{ type: 'PlayerJoined', body: 1, player: 'aa' }] });
    script.socket.say({ type: 'event', gap: { from: 4, to: 6 } });
    end();
    script.socket.say({ type: 'event', gap: { from: 7, to: 9 } });
    script.socket.say({ type: 'weather', sun: true });
    check.equal(heard.map((one) => one.frame ?? one.from), [3, 4]);
    check.equal(script.session.status, 'open');
    script.socket.onmessage({ data: '{' });
    check.equal(script.session.status, 'waiting');
  },

  async 'nonsense from a gateway is a cut, never an error of the program, and promises settle all the same'() {
    const random = new SeededRandom(11);
    const good = [stateOf(), moved({ gone: [1] }), { type: 'receipt', number: 1, outcome: 'applied', frame: 9 }];
    good.push({ type: 'welcome', player: 'aa', incarnation: 'bb', limits: {} }, { type: 'error', code: 'rate', number: 1 });
    good.push({ type: 'event', frame: 1, events: [] }, { type: 'ping', at: 4 });
    const junk = [null, 7, -1, 'x', [], {}, true, [[1]], { numerator: 'x' }];
    for (let round = 0; round < 400; round++) {
      const script = new Script();
      await script.welcome();
      const promise = script.session.command('Custom', custom(''));
      for (let count = 0; count < 10 && script.session.status === 'open'; count++) {
        const message = structuredClone(random.pick(good));
        message[random.pick(Object.keys(message))] = random.pick(junk);
        const text = random.chance(0.1) ? JSON.stringify(random.pick(junk)) : JSON.stringify(message);
        script.socket.onmessage({ data: random.chance(0.1) ? text.slice(0, random.whole(0, text.length)) : text });
      }
      script.session.close();
      check.ok(['applied', 'unknown', 'refused'].includes((await promise).outcome), `round ${round}`);
    }
  },

  async 'an outcome that is not known is told as unknown'() {
    const script = new Script();
    await script.welcome();
    const promise = script.session.command('Custom', custom(''));
    await script.receipt({ number: 1, outcome: 'postponed' });
    check.equal((await promise).outcome, 'unknown');
  },

  async 'the clock of the day is not looked at'() {
    const real = globalThis.Date;
    globalThis.Date = class {
      static now() {
        throw new Error('looked at');
      }
      constructor() {
        throw new Error('looked at');
      }
    };
    try {
      const script = new Script();
      await script.welcome();
      const promise = script.session.command('Custom', custom(''));
      script.socket.say(stateOf());
      await script.reconnect();
      await script.receipt({ number: 1, previous: true, outcome: 'applied' });
      check.equal((await promise).outcome, 'applied');
    } finally {
      globalThis.Date = real;
    }
  },
};
