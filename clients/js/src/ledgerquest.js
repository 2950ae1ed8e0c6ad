// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// ledgerquest.js - what applications use: types in ledgerquest.d.ts, behaviour in docs/sdk-behaviour.md.

export { CLOSE_CODES } from './close_codes.js';
export { Session } from './session.js';
export { WorldColumns } from './world_columns.js';
