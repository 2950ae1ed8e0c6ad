// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// kept_sign_in.js - who this page is: a ticket in the address, which is taken out of it at once; after a reload what
// the session left in this tab's storage. {session, ticket, resume}, each as far as there is one.

const KEY = 'ledgerquest.arena';

export function readSignIn() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const ticket = asked.get('ticket') ?? undefined;
  if (ticket !== undefined) {
    history.replaceState(null, '', location.pathname);
    return { session: asked.get('session') ?? 'arena', ticket };
  }
  return readKept();
}

export function readKept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

// Storage may be forbidden: then a reload needs a new ticket.
export function keepSignIn(signIn) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(signIn));
  } catch {
    // nothing to do
  }
}
