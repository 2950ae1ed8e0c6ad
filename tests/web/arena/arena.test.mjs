// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// The arena in chromium: two players see each other move, one is offline and resumes, one is loaded again and has its
// body still. In front of the fake gateway, or of a real one (arena_gateway). Pictures: build/arena/.

import assert from 'node:assert';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { arenaServer } from './arena_server.mjs';
import { bodiesOf, isInWorld, launch, openArena, ownBody } from './browser.mjs';
import { CutProxy } from './cut_proxy.mjs';

const PICTURES = fileURLToPath(new URL('../../../build/arena/', import.meta.url));
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const OFFLINE_MS = 5000;
const PATIENCE = { timeout: 300000 };

let server;
let proxy;
let browser;
test.before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  server = await arenaServer();
  proxy = await new CutProxy(server.origin).listen();
  browser = await launch();
});
test.after(async () => {
  await browser?.close();
  await proxy?.close();
  await server?.close();
});

const addressOf = (sub) => `${proxy.origin}/play#session=arena-1&ticket=${server.ticket(sub)}`;
const picture = (page, name) => page.screenshot({ path: join(PICTURES, `${name}.png`) });

async function play(sub, options) {
  const page = await openArena(browser, addressOf(sub), options);
  await isInWorld(page);
  return page;
}

// Until a page sees that a body has gone more than a metre to one side of where it was.
const seesMove = (page, body, [axis, from], direction) =>
  page.waitForFunction(
    ([id, column, start, sign]) => {
      const { world } = arena.session;
      const row = world.rowOf(id);
      return row >= 0 && (world.bodies[column][row] - start) * sign > 1;
    },
    [body, axis, from, direction],
  );

test('two players see each other move', PATIENCE, async () => {
  const anna = await play('anna');
  const bert = await play('bert', PHONE);
  assert.equal(anna.url(), `${proxy.origin}/play`, 'the ticket is not in the address any more');
  const [annas, berts] = [await ownBody(anna), await ownBody(bert)];
  assert.notEqual(annas, berts);
  await bert.waitForFunction((id) => arena.session.world.rowOf(id) >= 0, annas);

  const before = await bodiesOf(bert);
  await anna.keyboard.down('ArrowRight');
  await seesMove(bert, annas, ['x', before[annas].x], 1);
  await picture(anna, 'wide');
  await anna.keyboard.up('ArrowRight');
  await anna.waitForFunction(() => document.querySelectorAll('#players li').length === 2);
  await anna.waitForFunction(() => /^\d+ ms$/.test(document.querySelector('#latency').textContent));

  const touch = await bert.context().newCDPSession(bert);
  const dragTo = (type, y) =>
    touch.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: 200, y }] });
  const { [berts]: from } = await bodiesOf(anna);
  await dragTo('touchStart', 500);
  await dragTo('touchMove', 420);
  await seesMove(anna, berts, ['y', from.y], -1);
  await picture(bert, 'phone');
  await dragTo('touchEnd', 420);
  assert.deepEqual([...anna.errors, ...bert.errors], []);
  await anna.context().close();
  await bert.context().close();
});

test('the brake stops', PATIENCE, async () => {
  const page = await play('dora');
  const speed = (wanted) =>
    page.waitForFunction((what) => {
      const { world, body } = arena.session;
      const row = world.rowOf(body);
      const now = Math.hypot(world.bodies.vx[row], world.bodies.vy[row]);
      return what === 'fast' ? now > 3 : now < 0.5;
    }, wanted);
  await page.keyboard.down('KeyS');
  await speed('fast');
  await page.keyboard.up('KeyS');
  await page.keyboard.down('Space');
  await speed('slow');
  await page.context().close();
});

test('offline for five seconds, then on with the same body', PATIENCE, async () => {
  const page = await play('emil');
  const body = await ownBody(page);
  proxy.setOffline(true);
  await page.waitForFunction(() => arena.session.status === 'waiting');
  await page.waitForTimeout(OFFLINE_MS);
  assert.match(await page.locator('#status').textContent(), /lost|connecting/);
  await picture(page, 'offline');
  proxy.setOffline(false);
  await isInWorld(page);
  assert.equal(await ownBody(page), body);
  const { [body]: from } = await bodiesOf(page);
  await page.keyboard.down('ArrowLeft');
  await seesMove(page, body, ['x', from.x], -1);
  await page.context().close();
});

test('loaded again, the same body; a second window takes over, and the first one takes it back', PATIENCE, async () => {
  const page = await play('fritz');
  const body = await ownBody(page);
  for (const time of ['once', 'twice']) {
    await page.reload();
    await isInWorld(page);
    assert.equal(await ownBody(page), body, time);
  }
  assert.deepEqual(page.errors, []);
  const second = await play('fritz');
  assert.equal(await ownBody(second), body);
  await page.getByRole('heading', { name: 'You play somewhere else now' }).waitFor();
  await picture(page, 'superseded');
  await page.getByRole('button', { name: 'Play here' }).click();
  await second.getByRole('heading', { name: 'You play somewhere else now' }).waitFor();
  await isInWorld(page);
  assert.equal(await ownBody(page), body);
  await page.context().close();
  await second.context().close();
});

test('without a ticket, or with one that is used, the page says what to do', PATIENCE, async () => {
  const page = await openArena(browser, `${proxy.origin}/play`);
  await page.getByRole('heading', { name: 'No way in' }).waitFor();
  await page.context().close();
  const address = addressOf('greta');
  const first = await openArena(browser, address);
  await isInWorld(first);
  const late = await openArena(browser, address);
  await late.getByRole('heading', { name: 'The ticket is used up' }).waitFor();
  await picture(late, 'used_up');
  await first.context().close();
  await late.context().close();
});

test('who cannot see the page finds its parts by name', PATIENCE, async () => {
  const page = await play('hans');
  for (const role of ['application', 'status', 'heading', 'list']) {
    assert.ok((await page.getByRole(role).count()) > 0, role);
  }
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'field');
  await page.context().close();
});
