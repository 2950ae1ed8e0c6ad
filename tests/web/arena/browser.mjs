// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// browser.mjs - playwright-core, at the version and digest of package-lock.json, with Debian's chromium. Where it lies is
// told by LQ_PLAYWRIGHT, a folder with node_modules (tests/web/arena/run installs it).

import { createRequire } from 'node:module';

import { CHROMIUM, OPTIONS } from '../../sdk/chromium.mjs';

const { chromium } = createRequire(`${process.env.LQ_PLAYWRIGHT}/`)('playwright-core');

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: OPTIONS });

const PATIENCE_MS = 60000;

// A page of a player with a tab of its own; what it prints as an error is in `errors`.
export async function openArena(browser, address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.errors = [];
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => page.errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && page.errors.push(message.text()));
  await page.goto(address);
  return page;
}

export const isInWorld = (page) =>
  page.waitForFunction(() => globalThis.arena?.drawn && arena.session.body > 0 && arena.session.status === 'open');

// {id: {x, y}} of every body that the page has.
export const bodiesOf = (page) =>
  page.evaluate(() => {
    const { bodies } = arena.session.world;
    return Object.fromEntries(bodies.id.map((id, row) => [id, { x: bodies.x[row], y: bodies.y[row] }]));
  });

export const ownBody = (page) => page.evaluate(() => arena.session.body);
