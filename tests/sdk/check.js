// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// check.js - the assertions of tests that run in Node and in a browser alike.

export class CheckFailed extends Error {}

function fail(what, why) {
  throw new CheckFailed(what === undefined ? why : `${what}: ${why}`);
}

// Structures without functions, by value; the order of an object's fields does not matter.
function sorted(value) {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((name) => [name, sorted(value[name])]),
    );
  }
  return value;
}

export const check = {
  ok(condition, what) {
    if (!condition) {
      fail(what, 'is not so');
    }
  },

  equal(found, wanted, what) {
    const left = JSON.stringify(sorted(found));
    const right = JSON.stringify(sorted(wanted));
    if (left !== right) {
      fail(what, `${left} instead of ${right}`);
    }
  },

  throws(run, type, what) {
    try {
      run();
    } catch (error) {
      if (error instanceof type) {
        return;
      }
      fail(what, `threw ${error}`);
    }
    fail(what, 'threw nothing');
  },
};
