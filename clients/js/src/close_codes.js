// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// close_codes.js - what each close code of the gateway means, and what follows from it.
//
//   now     connect again after a short random wait, and resume
//   later   connect again after a wait that doubles with each failure
//   sign-in ask for a new sign-in, then as `now`
//   never   the session has ended
//
// A code that is not here: 4000 to 4499 and everything below 4000 `later`, from 4500 on `never`.

export const CLOSE_CODES = {
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

export const NOT_ACCEPTED = 4501;
const FINAL_FROM = 4500;

export function afterClose(code) {
  return CLOSE_CODES[code]?.then ?? (code >= FINAL_FROM && code < 5000 ? 'never' : 'later');
}

// How long the gateway asks to be left alone, in milliseconds; 0 when it does not say.
export function retryMs(reason) {
  return Number(/\bretry_ms=(\d{1,7})\b/.exec(reason)?.[1] ?? 0);
}

const NOW_MS = 100;
const LATER_MS = 500;
const WAIT_MAX_MS = 15000;

// A random wait up to a bound that doubles with each failure: many clients cut at once do not come back at once.
export function reconnectWait(then, failures, random) {
  const bound = (then === 'later' ? LATER_MS : NOW_MS) * 2 ** Math.min(failures, 10);
  return random() * Math.min(bound, WAIT_MAX_MS);
}
