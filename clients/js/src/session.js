// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// session.js - one player (or watcher) in one session, over as many connections as it takes.
//
//   connecting --welcome--> settling --nothing owed--> joining --Join answered--> open
//       ^                      |                          |                        |
//       | wait over            +---------- cut, close code "retry" ---------------+
//       +------- waiting <-----+
//   any --close code "final", close()--> ended
//
// settling: what the last connection left without an answer is sent again, old numbers, under the old incarnation.
// joining: only who had joined; under the new incarnation. New commands go out in `open` alone.

import { CommandBook } from './command_book.js';
import { NOT_ACCEPTED, afterClose, reconnectWait, retryMs } from './close_codes.js';
import { Emitter } from './emitter.js';
import { Latency } from './latency.js';
import { Pace } from './pace.js';
import { WorldColumns } from './world_columns.js';

const PROTOCOL = 'v1.json.ledgerquest';
const GREETING_MS = 10000; // from the first byte to the welcome
const PING_MS = 2000;
const SILENCE_MS = 10000; // a ping without an answer for so long: the connection is dead
const PROBE_MS = 2000; // the same, after the browser said that it is online again
const STEADY_MS = 5000; // a connection that lasts so long ends a row of failures
const REJOIN_MS = 250;
const REFRESH_MS = 2000; // a keyframe that was asked for and does not come is asked for again after so long
const RATE_MS = 1000; // an owed command that was one too many is said again after so long
const SAID_AGAIN = new Set(['rate', 'outstanding']);
const MESSAGE_MARGIN = 64; // bytes of a message for what is added when it is sent
const CLOSED_BY_APP = 'closed by the application';

const systemClock = {
  now: () => performance.now(),
  setTimeout: (...all) => setTimeout(...all),
  clearTimeout: (timer) => clearTimeout(timer),
};

function checkFields(fields) {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new TypeError(`${name} must be a finite number`);
    }
  }
}

// Fields without a value are not sent: the gateway refuses what it does not know.
const withoutGaps = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

export class Session extends Emitter {
  #options;
  #url;
  #WebSocket;
  #clock;
  #random;
  #socket = null;
  #attempt = 0; // grows with each connection: what belongs to an older one is ignored
  #failures = 0;
  #book;
  #pace = new Pace();
  #latency = new Latency();
  #limits = {};
  #timers = {}; // name -> timer of the clock
  #resume; // token of the newest welcome
  #settleBy; // token of the connection whose commands are owed
  #signedInByResume = false;
  #needsSignIn = false;
  #toSettle = []; // owed messages that are not sent again yet
  #wanted = null; // Join message of a player who is to be in the world
  #rejoins = 0;
  #view;
  #viewHeld = true; // whether the columns are surely those of #view
  #said = {}; // the hello of this connection
  #state = -1; // number of the newest state of this connection; -1: the one named by `have`
  #mayApply = false; // whether the columns are a base for the next delta
  #askedAt = -Infinity; // when a keyframe was asked for that has not come yet
  #online;
  status = 'connecting';
  world = new WorldColumns();
  player = ''; // 16 hex digits, from the first welcome on
  name; // of the session; from the first welcome on as the cluster knows it
  applied = 0; // highest number of this incarnation that the world contains
  rules = {};
  ending = null; // {code, reason} once the session has ended

  constructor(options) {
    super();
    this.#options = { right: 'play', waitingMax: 256, ...options };
    this.#WebSocket = options.WebSocket ?? globalThis.WebSocket;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#resume = options.resume;
    this.name = options.session;
    this.#view = options.view;
    this.#url = new URL(options.url);
    this.#url.protocol = this.#url.protocol.replace('http', 'ws');
    this.#book = new CommandBook(this.#options.waitingMax);
    if (typeof this.#WebSocket !== 'function') {
      throw new TypeError('no WebSocket here: pass the constructor as option WebSocket');
    }
    this.#online = () => this.#hurry();
    globalThis.addEventListener?.('online', this.#online);
    this.#connect();
  }

  // ---- what an application does

  // Enter the world with a body. Wanted over reconnects from when it is sent to leave() or a refusal.
  join(fields = {}) {
    const message = { type: 'join', ...withoutGaps(fields) };
    const promise = this.#command(message);
    promise.then(({ outcome }) => {
      if (this.#wanted === message && ['refused', 'dead-lettered'].includes(outcome)) {
        this.#wanted = null;
      }
    });
    return promise;
  }

  leave() {
    this.#wanted = null;
    return this.#command({ type: 'leave' });
  }

  command(kind, fields = {}) {
    return this.#command({ type: 'command', kind, ...withoutGaps(fields) });
  }

  // Only bodies that touch {x, y, width, height} from now on; null: all.
  setView(view) {
    checkFields(view ?? {});
    this.#view = view ?? undefined;
    this.#viewHeld = false;
    this.#sendView();
  }

  // Ask for the whole world anew.
  refresh() {
    this.#sendIfWelcome({ type: 'refresh' });
  }

  get latencyMs() {
    return this.#latency.ms;
  }

  // What signs this player in on a later page: keep it as secret as a password.
  get resumeToken() {
    return this.#resume;
  }

  get body() {
    return this.world.bodyOf(this.player);
  }

  // No more connections. What has no answer is told as unknown, what was never sent as refused.
  close() {
    this.#end(1000, CLOSED_BY_APP);
  }

  #command(message) {
    checkFields(message);
    if (this.#options.right !== 'play') {
      throw new TypeError('a watcher sends no commands');
    }
    const bytes = new TextEncoder().encode(JSON.stringify(message)).length + MESSAGE_MARGIN;
    if (bytes > (this.#limits.message_bytes ?? 65536)) {
      throw new RangeError(`a message of ${bytes} bytes is too long`);
    }
    const promise = this.#book.add(message);
    this.#pump();
    return promise;
  }

  // ---- connections

  #become(status) {
    if (this.status !== status) {
      this.status = status;
      this.emit('status', status);
    }
  }

  #after(name, ms, run) {
    this.#clock.clearTimeout(this.#timers[name]);
    this.#timers[name] = this.#clock.setTimeout(run, ms);
  }

  #stopTimers() {
    Object.values(this.#timers).forEach((timer) => this.#clock.clearTimeout(timer));
    this.#timers = {};
  }

  // What to sign in by: {resume | bearer | ticket: text}, or null when there is nothing.
  async #signIn() {
    this.#signedInByResume = this.#resume !== undefined && !this.#needsSignIn;
    if (this.#signedInByResume) {
      return { resume: this.#resume };
    }
    const given = (await this.#options.signIn?.()) ?? null;
    return typeof given === 'string' ? { bearer: given } : given;
  }

  async #connect() {
    const attempt = ++this.#attempt;
    let signIn;
    this.#become('connecting');
    try {
      signIn = await this.#signIn();
    } catch (error) {
      this.emit('problem', { code: 'sign-in', reason: String(error) });
      return attempt === this.#attempt && this.#retry('later', 0);
    }
    if (attempt !== this.#attempt) {
      return;
    }
    if (signIn === null) {
      return this.#end(NOT_ACCEPTED, 'nothing to sign in by');
    }
    try {
      this.#open(signIn);
    } catch (error) {
      this.#end(NOT_ACCEPTED, String(error)); // no text that can be sent
    }
  }

  #open({ resume, bearer, ticket }) {
    const url = new URL(this.#url);
    const protocols = [PROTOCOL];
    if (ticket !== undefined) {
      url.searchParams.set('ticket', ticket);
    } else {
      protocols.push(resume !== undefined ? `resume.${resume}` : `bearer.${bearer}`);
    }
    const socket = new this.#WebSocket(url.href, protocols);
    const ifCurrent = (run) => (event) => socket === this.#socket && run(event);
    this.#socket = socket;
    socket.onopen = ifCurrent(() => this.#send(this.#hello()));
    socket.onmessage = ifCurrent((event) => this.#take(event.data));
    socket.onclose = ifCurrent((event) => this.#closed(event.code, event.reason));
    socket.onerror = () => {}; // a close follows
    this.#after('watch', GREETING_MS, () => this.#cut('later'));
  }

  #hello() {
    const { right, create, statesPerSecond } = this.#options;
    const { frame, hash } = this.world;
    this.#said = withoutGaps({
      type: 'hello',
      session: this.name,
      right,
      create,
      resume: this.#settleBy ?? this.#resume,
      have: this.#mayApply && this.#viewHeld ? { frame, hash } : undefined,
      view: this.#view,
      states_per_s: statesPerSecond,
    });
    return this.#said;
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  get #isWelcome() {
    return this.#socket !== null && ['settling', 'joining', 'open'].includes(this.status);
  }

  #sendIfWelcome(message) {
    if (this.#isWelcome) {
      this.#send(message);
    }
  }

  #sendView() {
    this.#sendIfWelcome({ type: 'view', ...(this.#view ?? { all: true }) });
  }

  // The network is back: do not wait any longer, or look whether the connection has survived.
  #hurry() {
    if (this.status === 'waiting') {
      this.#clock.clearTimeout(this.#timers.retry);
      this.#connect();
    } else if (this.#isWelcome) {
      this.#ping();
      this.#after('probe', PROBE_MS, () => this.#cutIfSilent(PROBE_MS));
    }
  }

  // Ping, and again and again; a connection that does not answer is cut.
  #ping() {
    const ping = this.#latency.ping(this.#clock.now());
    if (ping !== null) {
      this.#send(ping);
    }
    this.#after('ping', PING_MS, () => this.#cutIfSilent(SILENCE_MS) || this.#ping());
  }

  #cutIfSilent(ms) {
    const isSilent = this.#latency.silence(this.#clock.now()) >= ms;
    if (isSilent) {
      this.#cut('now');
    }
    return isSilent;
  }

  // This side gives the connection up.
  #cut(then) {
    this.#drop();
    this.#retry(then, 0);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#stopTimers();
    if (this.#book.cut()) {
      this.#settleBy = this.#resume;
    }
    this.#toSettle = [];
    socket?.close();
  }

  #closed(code, reason) {
    let then = afterClose(code);
    this.#drop();
    if (code === NOT_ACCEPTED && this.#signedInByResume && this.#options.signIn) {
      then = 'sign-in';
    }
    if (then === 'never') {
      return this.#end(code, reason);
    }
    if (then === 'sign-in') {
      this.#needsSignIn = true;
    }
    this.#retry(then, retryMs(reason));
  }

  #retry(then, leastMs) {
    const wait = leastMs + reconnectWait(then, this.#failures++, this.#random);
    this.#become('waiting');
    this.#after('retry', wait, () => this.#connect());
  }

  #end(code, reason) {
    if (this.ending !== null) {
      return;
    }
    this.ending = { code, reason };
    this.#attempt++;
    this.#drop();
    globalThis.removeEventListener?.('online', this.#online);
    this.#book.close(reason || `close code ${code}`);
    this.#become('ended');
    this.emit('end', this.ending);
  }

  // ---- what the gateway says

  // What is no message of this protocol ends the connection; the next one may be of a gateway in order.
  #take(text) {
    this.#latency.heard(this.#clock.now());
    try {
      this.#handle(JSON.parse(text));
    } catch (error) {
      this.emit('problem', { code: 'message', reason: String(error) });
      this.#cut('later');
    }
  }

  #handle(message) {
    switch (message.type) {
      case 'welcome':
        return this.#welcome(message);
      case 'resume':
        this.#keepResume(message.resume);
        return;
      case 'receipt':
        return this.#receipt(message);
      case 'state':
        return this.#takeState(message);
      case 'event':
        this.emit(message.gap ? 'gap' : 'event', message.gap ?? message);
        return;
      case 'error':
        return this.#error(message);
      case 'ping':
        return this.#pong(message);
      default: // of a newer gateway
    }
  }

  #keepResume(token) {
    this.#resume = token;
    this.emit('resume', token); // undefined: there is none, only the callback signs in again
  }

  #welcome(message) {
    const now = this.#clock.now();
    this.player = message.player;
    this.name = message.session ?? this.name;
    this.rules = message.rules ?? {};
    this.#limits = message.limits ?? {};
    this.#book.begin(message.incarnation, message.previous);
    if (this.#book.owedCount === 0) {
      this.#settleBy = undefined;
    }
    this.#needsSignIn = false;
    this.#keepResume(message.resume);
    this.applied = 0;
    this.#state = -1;
    this.#mayApply = this.#said.have !== undefined;
    this.#askedAt = -Infinity;
    this.#pace.restart(this.#limits.commands_per_s, now);
    this.#latency.restart();
    this.#rejoins = 0;
    this.#clock.clearTimeout(this.#timers.watch);
    this.#after('steady', STEADY_MS, () => {
      this.#failures = 0;
    });
    this.#ping();
    this.#toSettle = this.#book.owed();
    this.#become('settling');
    this.#viewHeld = this.#view === this.#said.view;
    if (!this.#viewHeld) {
      this.#sendView();
    }
    this.#settle();
  }

  // Send again what is owed, as fast as the gateway takes it; with the last answer, go on.
  #settle() {
    while (this.#toSettle.length > 0 && this.#mayGo(() => this.#settle())) {
      this.#send(this.#toSettle.shift());
    }
    if (this.#book.owedCount > 0) {
      return;
    }
    this.#settleBy = undefined;
    if (this.#wanted === null || this.#options.right !== 'play') {
      this.#become('open');
      this.#pump();
    } else {
      this.#become('joining');
      this.#rejoin();
    }
  }

  // Under the new incarnation. A Join that found no room is said again.
  async #rejoin() {
    const attempt = this.#attempt;
    const wanted = this.#wanted;
    if (wanted !== null) {
      const join = this.#book.add(wanted, true);
      this.#send(this.#book.next());
      const told = await join;
      if (attempt !== this.#attempt || this.status !== 'joining') {
        return;
      }
      if (told.unused) {
        return this.#after('rejoin', REJOIN_MS * 2 ** Math.min(this.#rejoins++, 6), () => this.#rejoin());
      }
      if (told.outcome === 'refused' && this.#wanted === wanted) {
        this.#wanted = null;
        this.emit('problem', { code: 'rejoin', reason: told.reason });
      }
    }
    this.#become('open');
    this.#pump();
  }

  #mayGo(again) {
    const wait = this.#pace.wait(this.#clock.now());
    if (wait > 0) {
      this.#after('pace', wait, again);
    }
    return wait === 0;
  }

  // Send what waits.
  #pump() {
    if (this.status !== 'open') {
      return;
    }
    while (this.#book.canSend(this.#limits.outstanding) && this.#mayGo(() => this.#pump())) {
      if (this.#book.first.type === 'join') {
        this.#wanted = this.#book.first;
      }
      this.#send(this.#book.next());
    }
  }

  #receipt(message) {
    if (message.reason === 'INCARNATION_TOO_OLD' && !message.previous) {
      this.#after('renew', RATE_MS, () => this.#cut('later')); // when all have heard it: they are not executed
    }
    this.#book.answer(message, message.previous === true);
    if (this.status === 'settling') {
      this.#settle();
    } else {
      this.#pump();
    }
  }

  // A message that the gateway did not pass on.
  #error({ code, reason, number, previous }) {
    this.emit('problem', { code, reason });
    if (number === undefined) {
      return;
    }
    if (previous && SAID_AGAIN.has(code)) {
      this.#toSettle.push(...this.#book.owed(number));
      this.#after('pace', RATE_MS, () => this.#settle());
    } else if (code !== 'number-in-use') { // else the command that has it hears an answer
      this.#receipt({ number, previous, outcome: 'unused', reason: `${code}: ${reason}` });
    }
  }

  #pong({ at }) {
    if (!this.#latency.take(at, this.#clock.now()) && at >= 0) {
      this.#send({ type: 'ping', at });
    }
  }

  #takeState(message) {
    this.#send({ type: 'ack', state: message.state });
    if (message.base !== null && !(this.#mayApply && message.base === this.#state)) {
      return this.#misfit('not the base of this delta');
    }
    try {
      this.world.apply(message);
    } catch (error) {
      return this.#misfit(String(error));
    }
    this.#state = message.state;
    this.#mayApply = true;
    this.#askedAt = -Infinity;
    this.applied = message.applied ?? this.applied;
    this.#book.shownBy(message.frame, this.applied);
    if (message.players) {
      this.emit('players', this.world.players);
    }
    this.emit('state', this.world, message);
  }

  // A state that cannot be applied: the columns are worth nothing until the next keyframe.
  #misfit(reason) {
    const now = this.#clock.now();
    this.#mayApply = false;
    if (now - this.#askedAt >= REFRESH_MS) {
      this.#askedAt = now;
      this.emit('problem', { code: 'state', reason });
      this.#send({ type: 'refresh' });
    }
  }
}
