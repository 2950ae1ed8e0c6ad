// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// Runs every suite in this browser, one case after the other, and posts [{name, error}] to /report.

import { realSocketCases } from './cases/real_socket_cases.js';
import { suites } from './cases/suites.js';

const post = (body) => fetch('/report', { method: 'POST', body: JSON.stringify(body) });
const tell = (deed) => post({ deed });
const all = { ...suites, 'real sockets': realSocketCases(new URL('/v1/connect', location.href), tell) };
const results = [];

for (const [suite, cases] of Object.entries(all)) {
  for (const [name, run] of Object.entries(cases)) {
    let error = null;
    try {
      await run();
    } catch (thrown) {
      error = `${thrown.message}\n${thrown.stack}`;
    }
    results.push({ name: `${suite}: ${name}`, error });
  }
}
await post({ results });
