// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// Made of clients/js/src by clients/js/build.py; types in ledgerquest.d.ts, behaviour in docs/sdk-behaviour.md.

const CLOSE_CODES = {
  4000: { word: 'stopping', then: 'now' },
  4001: { word: 'no-cluster', then: 'later' },
  4008: { word: 'too-slow', then: 'now' },
  4009: { word: 'silent', then: 'now' },
  4010: { word: 'no-hello', then: 'later' },
  4029: { word: 'too-many', then: 'later' },
  4030: { word: 'expired', then: 'sign-in' },
  4500: { word: 'bad-message', then: 'never' },
  4501: { word: 'not-accepted', then: 'never' },
  4503: { word: 'no-right', then: 'never' },
  4504: { word: 'no-session', then: 'never' },
  4505: { word: 'not-created', then: 'never' },
  4509: { word: 'superseded', then: 'never' },
  4510: { word: 'stopped', then: 'never' },
  4511: { word: 'no-protocol', then: 'never' },
};

const NOT_ACCEPTED = 4501;
const FINAL_FROM = 4500;

function afterClose(code) {
  return CLOSE_CODES[code]?.then ?? (code >= FINAL_FROM && code < 5000 ? 'never' : 'later');
}

function retryMs(reason) {
  return Number(/\bretry_ms=(\d{1,7})\b/.exec(reason)?.[1] ?? 0);
}

const NOW_MS = 100;
const LATER_MS = 500;
const WAIT_MAX_MS = 15000;

function reconnectWait(then, failures, random) {
  const bound = (then === 'later' ? LATER_MS : NOW_MS) * 2 ** Math.min(failures, 10);
  return random() * Math.min(bound, WAIT_MAX_MS);
}

class SessionNumbers {
  #next = 1;
  #unanswered = 0n;
  #unused = 0n;

  get hasRoom() {
    return this.#unanswered >> 63n === 0n;
  }

  take() {
    if (!this.hasRoom) {
      return 0;
    }
    this.#unanswered = (this.#unanswered << 1n) | 1n;
    this.#unused = BigInt.asUintN(64, this.#unused << 1n);
    return this.#next++;
  }

  answer(number, reusable) {
    const bit = 1n << BigInt(this.#next - 1 - number);
    this.#unanswered &= ~bit;
    if (reusable) {
      this.#unused |= bit;
    }
    while ((this.#unused & 1n) !== 0n) {
      this.#next--;
      this.#unused >>= 1n;
      this.#unanswered >>= 1n;
    }
  }
}

const OUTSTANDING_MAX = 64;
const UNSHOWN_MAX = 1024;
const OUTCOMES = new Set(['applied', 'refused', 'duplicate', 'dead-lettered', 'unused']);
const ALREADY_JOINED = 'has joined already';

function readOutcome(record, answer, sentBefore) {
  const { outcome, frame, hash, reason, letter } = answer;
  const told = { outcome };
  for (const [name, value] of Object.entries({ frame, hash, reason, letter })) {
    if (value !== undefined) {
      told[name] = value;
    }
  }
  if (!OUTCOMES.has(outcome)) {
    told.outcome = 'unknown';
  } else if (outcome === 'unused') {
    told.outcome = sentBefore ? 'unknown' : 'refused';
    told.unused = !sentBefore;
  } else if (record.message.type === 'join' && outcome === 'refused' && reason?.includes(ALREADY_JOINED)) {
    told.outcome = 'applied';
    told.already = true;
  }
  return told;
}

class CommandBook {
  #numbers = new SessionNumbers();
  #waitingMax;
  #waiting = [];
  #sent = new Map();
  #owed = new Map();
  #owedUnder = '';
  #unshown = new Set();
  #closed = null;
  #frame = -1;
  incarnation = '';

  constructor(waitingMax) {
    this.#waitingMax = waitingMax;
  }

  get owedCount() {
    return this.#owed.size;
  }

  add(message, first = false) {
    const record = { message, progress: { number: 0, incarnation: '', shown: false }, frame: -1, settle: null };
    const promise = new Promise((resolve) => {
      record.settle = resolve;
    });
    promise.progress = record.progress;
    if (this.#closed !== null) {
      this.#settle(record, { outcome: 'refused', reason: this.#closed, unused: true });
    } else if (!first && this.#waiting.length >= this.#waitingMax) {
      this.#settle(record, { outcome: 'refused', reason: 'QUEUE_FULL', unused: true });
    } else if (first) {
      this.#waiting.unshift(record);
    } else {
      this.#waiting.push(record);
    }
    return promise;
  }

  canSend(outstandingMax = OUTSTANDING_MAX) {
    const isFull = this.#sent.size >= Math.min(outstandingMax, OUTSTANDING_MAX);
    return this.#waiting.length > 0 && !isFull && this.#numbers.hasRoom;
  }

  get first() {
    return this.#waiting[0].message;
  }

  next() {
    const number = this.#numbers.take();
    const record = this.#waiting.shift();
    Object.assign(record.progress, { number, incarnation: this.incarnation });
    this.#sent.set(number, record);
    this.#unshown.add(record);
    if (this.#unshown.size > UNSHOWN_MAX) {
      this.#show(this.#unshown.values().next().value);
    }
    return { ...record.message, number };
  }

  cut() {
    if (this.#sent.size === 0) {
      return false;
    }
    this.#owed = this.#sent;
    this.#sent = new Map();
    this.#owedUnder = this.incarnation;
    return true;
  }

  begin(incarnation, previous) {
    this.incarnation = incarnation;
    this.#numbers = new SessionNumbers();
    if (this.#owed.size > 0 && previous !== this.#owedUnder) {
      this.#forsake('the gateway did not resume');
    }
  }

  owed(one) {
    const numbers = [...this.#owed.keys()].filter((number) => one === undefined || number === one);
    return numbers.map((number) => ({ ...this.#owed.get(number).message, number, previous: true }));
  }

  answer(answer, sentBefore) {
    const records = sentBefore ? this.#owed : this.#sent;
    const record = records.get(answer.number);
    if (record === undefined) {
      return;
    }
    records.delete(answer.number);
    if (!sentBefore) {
      this.#numbers.answer(answer.number, answer.outcome === 'unused');
    }
    this.#settle(record, readOutcome(record, answer, sentBefore));
  }

  shownBy(frame, applied) {
    this.#frame = frame;
    for (const record of this.#unshown) {
      const isIn = record.frame >= 0 ? record.frame <= frame : this.#isCurrent(record, applied);
      if (isIn) {
        this.#show(record);
      }
    }
  }

  close(reason) {
    this.#closed = reason;
    this.cut();
    this.#forsake(reason);
    for (const record of this.#waiting.splice(0)) {
      this.#settle(record, { outcome: 'refused', reason, unused: true });
    }
  }

  #isCurrent(record, applied) {
    return record.progress.incarnation === this.incarnation && record.progress.number <= applied;
  }

  #forsake(reason) {
    for (const record of this.#owed.values()) {
      this.#settle(record, { outcome: 'unknown', reason });
    }
    this.#owed.clear();
  }

  #show(record) {
    record.progress.shown = true;
    this.#unshown.delete(record);
  }

  #settle(record, told) {
    if (told.frame > this.#frame) {
      record.frame = told.frame;
    } else {
      this.#show(record);
    }
    record.settle(told);
  }
}

class Emitter {
  #listeners = new Map();

  on(name, listener) {
    const all = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, all.add(listener));
    return () => all.delete(listener);
  }

  emit(name, ...details) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(...details);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

class Latency {
  #at = 0;
  #sentAt = -1;
  #heardAt = 0;
  ms = NaN;

  restart() {
    this.#sentAt = -1;
  }

  ping(now) {
    if (this.#sentAt >= 0) {
      return null;
    }
    this.#sentAt = now;
    return { type: 'ping', at: --this.#at };
  }

  heard(now) {
    this.#heardAt = now;
  }

  silence(now) {
    return this.#sentAt < 0 ? 0 : now - Math.max(this.#sentAt, this.#heardAt);
  }

  take(at, now) {
    if (at !== this.#at || this.#sentAt < 0) {
      return false;
    }
    const ms = now - this.#sentAt;
    this.ms = Number.isNaN(this.ms) ? ms : this.ms + (ms - this.ms) / 2;
    this.#sentAt = -1;
    return true;
  }
}

class Pace {
  #perMs = Infinity;
  #bucket = Infinity;
  #room = Infinity;
  #at = 0;

  restart(perSecond, now) {
    this.#perMs = (perSecond ?? Infinity) / 1000;
    this.#bucket = Math.max(perSecond ?? Infinity, 1);
    this.#room = this.#bucket;
    this.#at = now;
  }

  wait(now) {
    if (this.#perMs === Infinity) {
      return 0;
    }
    this.#room = Math.min(this.#bucket, this.#room + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#room < 1) {
      return Math.max((1 - this.#room) / this.#perMs, 1);
    }
    this.#room -= 1;
    return 0;
  }
}

const MOTION = ['x', 'y', 'angle', 'vx', 'vy', 'spin'];
const COLUMNS = ['id', 'kind', 'x', 'y', 'angle', 'vx', 'vy', 'spin', 'radius', 'thrust_x', 'thrust_y'];
const FLOATS = new Set(['vx', 'vy', 'spin', 'radius', 'thrust_x', 'thrust_y', 'strength']);
const LISTS = {
  agents: ['body', 'behavior', 'target', 'strength'],
  players: ['player', 'body', 'attached'],
};

const emptyColumns = (names) => Object.fromEntries(names.map((name) => [name, []]));

function readColumns(from, names) {
  const read = {};
  for (const name of names) {
    const column = from[name];
    if (!Array.isArray(column) || column.length !== from[names[0]].length) {
      throw new RangeError(`column ${name}`);
    }
    read[name] = FLOATS.has(name) ? column.map(Math.fround) : column;
  }
  return read;
}

class WorldColumns {
  frame = -1;
  hash = '';
  width = 0;
  height = 0;
  restitution = 1;
  stepSeconds = 0;
  tenantBytes = '';
  bodies = emptyColumns(COLUMNS);
  agents = emptyColumns(LISTS.agents);
  players = emptyColumns(LISTS.players);

  rowOf(id) {
    const row = this.#placeOf(id);
    return this.bodies.id[row] === id ? row : -1;
  }

  bodyOf(player) {
    const index = this.players.player.indexOf(player);
    return index < 0 ? 0 : this.players.body[index];
  }

  apply(state) {
    if (state.base === null) {
      this.bodies = emptyColumns(COLUMNS);
      this.agents = emptyColumns(LISTS.agents);
      this.players = emptyColumns(LISTS.players);
    }
    for (const id of state.gone ?? []) {
      this.#remove(id);
    }
    if (state.bodies) {
      this.#put(readColumns(state.bodies, COLUMNS));
    }
    if (state.moved) {
      this.#move(readColumns(state.moved, ['id', ...MOTION]));
    }
    for (const name of ['agents', 'players']) {
      if (state[name]) {
        this[name] = readColumns(state[name], LISTS[name]);
      }
    }
    if (state.world) {
      this.#configure(state.world);
    }
    this.frame = state.frame;
    this.hash = state.hash;
  }

  #configure(world) {
    const { rate } = world;
    this.width = world.width;
    this.height = world.height;
    this.restitution = world.restitution ?? this.restitution;
    this.tenantBytes = world.tenant_bytes ?? '';
    if (typeof rate === 'number') {
      this.stepSeconds = rate > 0 ? 1 / rate : 0;
    } else {
      this.stepSeconds = rate?.numerator > 0 ? rate.denominator / rate.numerator : 0;
    }
  }

  #placeOf(id) {
    const ids = this.bodies.id;
    let low = 0;
    let high = ids.length;
    if (high > 0 && ids[high - 1] < id) {
      return high;
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ids[middle] < id) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  #remove(id) {
    const row = this.rowOf(id);
    if (row < 0) {
      throw new RangeError(`gone ${id}`);
    }
    for (const name of COLUMNS) {
      this.bodies[name].splice(row, 1);
    }
  }

  #put(columns) {
    columns.id.forEach((id, index) => {
      const row = this.#placeOf(id);
      const replaced = this.bodies.id[row] === id ? 1 : 0;
      for (const name of COLUMNS) {
        this.bodies[name].splice(row, replaced, columns[name][index]);
      }
    });
  }

  #move(columns) {
    columns.id.forEach((id, index) => {
      const row = this.rowOf(id);
      if (row < 0) {
        throw new RangeError(`moved ${id}`);
      }
      for (const name of MOTION) {
        this.bodies[name][row] = columns[name][index];
      }
    });
  }
}

const PROTOCOL = 'v1.json.ledgerquest';
const GREETING_MS = 10000;
const PING_MS = 2000;
const SILENCE_MS = 10000;
const PROBE_MS = 2000;
const STEADY_MS = 5000;
const REJOIN_MS = 250;
const REFRESH_MS = 2000;
const RATE_MS = 1000;
const SAID_AGAIN = new Set(['rate', 'outstanding']);
const MESSAGE_MARGIN = 64;
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

const withoutGaps = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

class Session extends Emitter {
  #options;
  #url;
  #WebSocket;
  #clock;
  #random;
  #socket = null;
  #attempt = 0;
  #failures = 0;
  #book;
  #pace = new Pace();
  #latency = new Latency();
  #limits = {};
  #timers = {};
  #resume;
  #settleBy;
  #signedInByResume = false;
  #needsSignIn = false;
  #toSettle = [];
  #wanted = null;
  #rejoins = 0;
  #view;
  #viewHeld = true;
  #said = {};
  #state = -1;
  #mayApply = false;
  #askedAt = -Infinity;
  #online;
  status = 'connecting';
  world = new WorldColumns();
  player = '';
  name;
  applied = 0;
  rules = {};
  ending = null;

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

  setView(view) {
    checkFields(view ?? {});
    this.#view = view ?? undefined;
    this.#viewHeld = false;
    this.#sendView();
  }

  refresh() {
    this.#sendIfWelcome({ type: 'refresh' });
  }

  get latencyMs() {
    return this.#latency.ms;
  }

  get resumeToken() {
    return this.#resume;
  }

  get body() {
    return this.world.bodyOf(this.player);
  }

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
      this.#end(NOT_ACCEPTED, String(error));
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
    socket.onerror = () => {};
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

  #hurry() {
    if (this.status === 'waiting') {
      this.#clock.clearTimeout(this.#timers.retry);
      this.#connect();
    } else if (this.#isWelcome) {
      this.#ping();
      this.#after('probe', PROBE_MS, () => this.#cutIfSilent(PROBE_MS));
    }
  }

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
    this.emit('resume', token);
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
      this.#after('renew', RATE_MS, () => this.#cut('later'));
    }
    this.#book.answer(message, message.previous === true);
    if (this.status === 'settling') {
      this.#settle();
    } else {
      this.#pump();
    }
  }

  #error({ code, reason, number, previous }) {
    this.emit('problem', { code, reason });
    if (number === undefined) {
      return;
    }
    if (previous && SAID_AGAIN.has(code)) {
      this.#toSettle.push(...this.#book.owed(number));
      this.#after('pace', RATE_MS, () => this.#settle());
    } else if (code !== 'number-in-use') {
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

export { CLOSE_CODES, Session, WorldColumns };
