// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// All suites of cases, by name: {suite: {case: function that throws when it fails}}.

import { cases as closeCodes } from './close_codes_cases.js';
import { cases as session } from './session_cases.js';
import { cases as numbers } from './session_numbers_cases.js';
import { cases as storm } from './storm_cases.js';
import { cases as columns } from './world_columns_cases.js';

export const suites = {
  numbers,
  columns,
  'close codes': closeCodes,
  session,
  storm,
};
