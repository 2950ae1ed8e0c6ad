// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// chromium.mjs - Debian's chromium with one page, without a window, in a profile of its own.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const CHROMIUM = '/usr/bin/chromium';
export const OPTIONS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
export const missing = !existsSync(CHROMIUM) && 'no chromium (Debian: chromium)';

export class Chromium {
  #process;
  #profile;
  gone; // a promise that it has ended

  async start(url) {
    this.#profile = await mkdtemp(join(tmpdir(), 'lq-chromium-'));
    const options = ['--headless=new', ...OPTIONS, `--user-data-dir=${this.#profile}`, url];
    this.#process = spawn(CHROMIUM, options, { stdio: 'ignore' });
    this.gone = new Promise((resolve) => {
      this.#process.on('exit', resolve);
    });
    return this;
  }

  async stop() {
    this.#process.kill('SIGTERM');
    await this.gone;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
