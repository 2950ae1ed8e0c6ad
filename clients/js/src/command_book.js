// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// command_book.js - every command that has no outcome yet, from the call until its promise settles.
//
//   waiting --send--> sent --receipt--------------------------------> settled
//      |                \--cut--> owed --receipt, previous:true-----> settled
//      |                            \--the gateway cannot settle it-> settled: unknown
//      \--no room, session ended------------------------------------> settled: refused, unused
//
// waiting: no copy exists. sent: one copy, on this connection, under this incarnation. owed: a copy may have been
// executed; only an answer to a copy of the same incarnation and number tells. A promise is never rejected.

import { SessionNumbers } from './session_numbers.js';

const OUTSTANDING_MAX = 64;
const UNSHOWN_MAX = 1024;
const OUTCOMES = new Set(['applied', 'refused', 'duplicate', 'dead-lettered', 'unused']);
const ALREADY_JOINED = 'has joined already';

// What the caller is told by an answer of the gateway to a command of which `sentBefore` says whether more than this
// copy may exist.
function readOutcome(record, answer, sentBefore) {
  const { outcome, frame, hash, reason, letter } = answer;
  const told = { outcome };
  for (const [name, value] of Object.entries({ frame, hash, reason, letter })) {
    if (value !== undefined) {
      told[name] = value;
    }
  }
  if (!OUTCOMES.has(outcome)) {
    told.outcome = 'unknown'; // of a newer gateway
  } else if (outcome === 'unused') {
    told.outcome = sentBefore ? 'unknown' : 'refused';
    told.unused = !sentBefore;
  } else if (record.message.type === 'join' && outcome === 'refused' && reason?.includes(ALREADY_JOINED)) {
    told.outcome = 'applied';
    told.already = true;
  }
  return told;
}

export class CommandBook {
  #numbers = new SessionNumbers();
  #waitingMax;
  #waiting = [];
  #sent = new Map(); // number -> record, ascending
  #owed = new Map(); // likewise, of the incarnation #owedUnder
  #owedUnder = '';
  #unshown = new Set(); // records that no state has contained yet
  #closed = null; // why nothing is taken any more
  #frame = -1; // of the newest state
  incarnation = '';

  constructor(waitingMax) {
    this.#waitingMax = waitingMax;
  }

  get owedCount() {
    return this.#owed.size;
  }

  // Take a command. The promise has `progress`: {number: 0 until it is sent, incarnation: under which, shown: whether it
  // shows in the world}.
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

  // Whether a command waits, and not too many have no answer.
  canSend(outstandingMax = OUTSTANDING_MAX) {
    const isFull = this.#sent.size >= Math.min(outstandingMax, OUTSTANDING_MAX);
    return this.#waiting.length > 0 && !isFull && this.#numbers.hasRoom;
  }

  // The message that next() will send, without its number.
  get first() {
    return this.#waiting[0].message;
  }

  // The message to send now, under the current incarnation. Only when canSend().
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

  // The connection is gone: what was sent on it may have been executed. Whether there is any.
  cut() {
    if (this.#sent.size === 0) {
      return false;
    }
    this.#owed = this.#sent; // nothing is sent before all that was owed is settled, so nothing is lost here
    this.#sent = new Map();
    this.#owedUnder = this.incarnation;
    return true;
  }

  // A new incarnation; `previous` is the one under which the gateway settles what is owed, if it does.
  begin(incarnation, previous) {
    this.incarnation = incarnation;
    this.#numbers = new SessionNumbers();
    if (this.#owed.size > 0 && previous !== this.#owedUnder) {
      this.#forsake('the gateway did not resume');
    }
  }

  // What is owed, to be sent again in this order; of one number, or of all.
  owed(one) {
    const numbers = [...this.#owed.keys()].filter((number) => one === undefined || number === one);
    return numbers.map((number) => ({ ...this.#owed.get(number).message, number, previous: true }));
  }

  // An answer of the gateway; `sentBefore`: to a copy sent under the previous incarnation.
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

  // A state came: which commands it contains.
  shownBy(frame, applied) {
    this.#frame = frame;
    for (const record of this.#unshown) {
      const isIn = record.frame >= 0 ? record.frame <= frame : this.#isCurrent(record, applied);
      if (isIn) {
        this.#show(record);
      }
    }
  }

  // Nothing will be answered any more.
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
