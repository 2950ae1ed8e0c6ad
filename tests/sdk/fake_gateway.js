// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// fake_gateway.js - one process of the gateway as a client sees it: the protocol v1.json.ledgerquest over connections
// of any kind, in front of a FakeCluster. Several may stand in front of the same one.
//
// A connection is {send(text), close(code, reason), onmessage, onclose}; accept() sets the two handlers.

import { contentOf, shown } from './fake_world.js';

export const PROTOCOL = 'v1.json.ledgerquest';
const STATES_UNDER_WAY_MAX = 8;
const HISTORY = 'f'.repeat(16);

const encode = (value) => btoa(JSON.stringify(value)).replace(/=/g, '').replace(/\+/g, '-').replace(/\//g, '_');

function decode(token) {
  try {
    return JSON.parse(atob(token.replace(/-/g, '+').replace(/_/g, '/')));
  } catch {
    return null;
  }
}

export class FakeGateway {
  #cluster;
  #clock;
  #random;
  #connections = new Set();
  #limits;
  #ticketsUsed;
  secret = 'secret of the cluster'; // a resume token made under another one is not accepted
  tokensRefused = new Set(); // bearer tokens
  mayLoseStates = 0; // part of the states that a faulty gateway forgets to send
  seen = []; // [type, message] of every message taken

  constructor({ cluster, clock, random, limits = {}, ticketsUsed = new Set() }) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#random = random;
    this.#ticketsUsed = ticketsUsed;
    this.#limits = { message_bytes: 65536, outstanding: 64, states_per_s: 20, ...limits };
  }

  accept(connection, { url, protocols }) {
    const player = this.#signIn(url, protocols);
    const context = {
      gateway: this,
      cluster: this.#cluster,
      clock: this.#clock,
      random: this.#random,
      limits: this.#limits,
    };
    if (!protocols.includes(PROTOCOL)) {
      return connection.close(4511, 'no-protocol: nothing offered is spoken here');
    }
    if (player === null) {
      return connection.close(4501, 'not-accepted: not accepted');
    }
    const served = new Served(connection, player, context);
    this.#connections.add(served);
    served.whenGone = () => this.#connections.delete(served);
  }

  // The process says goodbye to everybody.
  closeAll(code, reason) {
    for (const served of [...this.#connections]) {
      served.end(code, reason);
    }
  }

  // A process that is killed stops at once; its connections are cut by whoever owns them.
  kill() {
    for (const served of [...this.#connections]) {
      served.gone();
    }
  }

  // The same player has come again: the connection before ends.
  endElder(served) {
    for (const other of [...this.#connections]) {
      if (other !== served && other.player === served.player) {
        other.end(4509, 'superseded: the player is connected elsewhere');
      }
    }
  }

  resumeToken(player, incarnation) {
    return encode({ player, incarnation, secret: this.secret });
  }

  readResume(token) {
    const read = decode(token ?? '');
    return read !== null && read.secret === this.secret ? read : null;
  }

  // The player, or null.
  #signIn(url, protocols) {
    const ticket = new URL(url).searchParams.get('ticket');
    const bearer = protocols.find((protocol) => protocol.startsWith('bearer.'))?.slice('bearer.'.length);
    const resume = protocols.find((protocol) => protocol.startsWith('resume.'))?.slice('resume.'.length);
    if (ticket !== null) {
      const isFresh = !this.#ticketsUsed.has(ticket);
      this.#ticketsUsed.add(ticket);
      return isFresh ? playerOf(ticket) : null;
    }
    if (resume !== undefined) {
      return this.readResume(resume)?.player ?? null;
    }
    return bearer === undefined || this.tokensRefused.has(bearer) ? null : playerOf(bearer);
  }
}

// 16 hex digits from the name of a player: what stands before the first dot of a ticket or a token.
export function playerOf(text) {
  let sum = 2166136261;
  for (const letter of text.split('.')[0]) {
    sum = Math.imul(sum ^ letter.charCodeAt(0), 16777619) >>> 0;
  }
  return sum.toString(16).padStart(16, '0');
}

let lastIncarnation = 0;
const INCARNATION_STEP = 16; // the one above a connection's is for the Leave of a player who does not come back

// One connection.
class Served {
  #connection;
  player;
  #gateway;
  #cluster;
  #clock;
  #random;
  #limits;
  #incarnation = null;
  #previous = null;
  #view = undefined;
  #base = null; // what the client shows: shown() of the last state sent
  #baseNumber = null; // its number; -1: the client's own from before
  #frame = -1; // of the last state sent
  #state = 0;
  #acked = 0;
  #answered = new Set();
  #isGone = false;
  whenGone = () => {};

  constructor(connection, player, { gateway, cluster, clock, random, limits }) {
    this.#connection = connection;
    this.player = player;
    this.#gateway = gateway;
    this.#cluster = cluster;
    this.#clock = clock;
    this.#random = random;
    this.#limits = limits;
    connection.onmessage = (text) => this.#take(JSON.parse(text));
    connection.onclose = () => this.gone();
  }

  end(code, reason) {
    this.gone();
    this.#connection.close(code, reason);
  }

  gone() {
    if (!this.#isGone) {
      this.#isGone = true;
      if (this.#incarnation !== null) {
        this.#cluster.detach(this.player, this.#incarnation);
      }
      this.whenGone();
    }
  }

  #send(message) {
    if (!this.#isGone) {
      this.#connection.send(JSON.stringify(message));
    }
  }

  #take(message) {
    if (this.#isGone) {
      return;
    }
    this.#gateway.seen.push([message.type, message]);
    if ((message.type === 'hello') !== (this.#incarnation === null)) {
      return this.end(4500, 'bad-message: hello comes first, and once');
    }
    switch (message.type) {
      case 'hello':
        return this.#hello(message);
      case 'join':
      case 'leave':
      case 'command':
        return this.#command(message);
      case 'view':
        this.#view = message.all ? undefined : message;
        this.#frame = -1;
        return;
      case 'ack':
        this.#acked = message.state;
        return;
      case 'refresh':
        this.#base = null;
        this.#baseNumber = null;
        this.#frame = -1;
        return;
      case 'ping':
        return this.#send({ type: 'ping', at: message.at });
      default:
        this.end(4500, `bad-message: ${message.type}`);
    }
  }

  #hello({ session, resume, have, view, states_per_s: perSecond = 20 }) {
    if (session === 'missing') {
      return this.end(4504, 'no-session: missing');
    }
    this.#gateway.endElder(this);
    lastIncarnation += INCARNATION_STEP;
    this.#incarnation = lastIncarnation.toString(16).padStart(16, '0');
    const token = this.#gateway.readResume(resume);
    this.#previous = token?.player === this.player ? token.incarnation : null;
    this.#view = view;
    this.#keepBase(have);
    this.#cluster.attach(this.player);
    this.#send({
      type: 'welcome',
      player: this.player,
      incarnation: this.#incarnation,
      resume: this.#gateway.resumeToken(this.player, this.#incarnation),
      session,
      frame: this.#cluster.frame,
      history: HISTORY,
      ...(this.#previous !== null && { previous: this.#previous }),
      rules: { kinds: ['SetThrust', 'ApplyImpulse', 'Custom'], thrust_max: 20, impulse_max: 20 },
      limits: this.#limits,
    });
    this.#keepSending(1000 / Math.min(perSecond, this.#limits.states_per_s));
  }

  // A client may have a state that is still known here; half of the time the ring has forgotten it.
  #keepBase(have) {
    const snapshot = have && this.#cluster.snapshots.get(have.frame);
    if (snapshot && snapshot.hash === have.hash && this.#random.chance(0.5)) {
      this.#base = { ...shown(snapshot, this.#view, this.#cluster.isAttached), players: null }; // attached has changed
      this.#baseNumber = -1;
    }
  }

  #command(message) {
    const { number, previous = false, ...command } = message;
    const incarnation = previous ? this.#previous : this.#incarnation;
    if (incarnation === null) {
      return this.end(4500, 'bad-message: nothing to settle');
    }
    this.#cluster.submit({ player: this.player, incarnation, number, command, marked: previous }, (answer) => {
      this.#answerOnce(number, previous, answer);
    });
  }

  // Two copies have two answers; the first one counts, as in the client library. A number that came back unused is new.
  #answerOnce(number, previous, answer) {
    const key = `${previous} ${number}`;
    if (this.#answered.has(key) || this.#isGone) {
      return;
    }
    if (answer.outcome !== 'unused') {
      this.#answered.add(key);
    }
    this.#send({ type: 'receipt', number, ...(previous && { previous }), ...answer });
  }

  #keepSending(ms) {
    const tick = () => {
      if (!this.#isGone) {
        this.#sendState();
        this.#clock.setTimeout(tick, ms);
      }
    };
    tick();
  }

  #sendState() {
    const { newest } = this.#cluster;
    if (newest.frame === this.#frame || this.#state - this.#acked >= STATES_UNDER_WAY_MAX) {
      return;
    }
    const next = shown(newest, this.#view, this.#cluster.isAttached);
    const config = { ...newest.config, rate: { numerator: this.#cluster.rate, denominator: 1 }, tenant_bytes: '' };
    const message = {
      type: 'state',
      state: ++this.#state,
      frame: newest.frame,
      hash: newest.hash,
      base: this.#baseNumber,
      applied: this.#cluster.highestOf(this.player, this.#incarnation),
      ...contentOf(next, this.#base, config),
    };
    this.#base = next;
    this.#baseNumber = this.#state;
    this.#frame = newest.frame;
    if (!this.#random.chance(this.#gateway.mayLoseStates)) {
      this.#send(message);
    }
  }
}
