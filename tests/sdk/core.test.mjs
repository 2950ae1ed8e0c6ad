// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// The core's cases (cases/) in Node; browser.test.mjs runs the same in a browser.

import test from 'node:test';

import { suites } from './cases/suites.js';

for (const [suite, cases] of Object.entries(suites)) {
  for (const [name, run] of Object.entries(cases)) {
    test(`${suite}: ${name}`, run);
  }
}
