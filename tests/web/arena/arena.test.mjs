// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// The arena in chromium, in front of the fake gateway: two players see each other move, one is offline and resumes, one
// is loaded again and has its body still. Pictures: build/arena/.

import assert from 'node:assert';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { FakeServer } from '../../sdk/fake_server.mjs';
import { FakeWorld } from '../../sdk/fake_world.js';
import { bodiesOf, isInWorld, launch, openArena, ownBody } from './browser.mjs';

const PICTURES = fileURLToPath(new URL('../../../build/arena/', import.meta.url));
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const OFFLINE_MS = 5000;
const PATIENCE = { timeout: 300000 };

function livelyWorld() {
  const world = new FakeWorld({ width: 60, height: 40, restitution: 0.6 });
  for (let index = 0; index < 12; index++) {
    const { id } = world.addBody({ x: 5 + index * 4.5, y: 6 + ((index * 7) % 30), radius: 0.6 + (index % 4) * 0.25 });
    if (index < 9) {
      world.agents.push({ body: id, behavior: ['Wander', 'Seek', 'Flee'][index % 3], target: 0, strength: 3 });
    }
  }
  return world;
}

let server;
let browser;
test.before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  server = await new FakeServer({ world: livelyWorld() }).listen();
  browser = await launch();
});
test.after(async () => {
  await browser?.close();
  await server?.close();
});

const addressOf = (ticket) => `${server.origin}/play#session=arena-1&ticket=${ticket}`;
const seesMove = (page, body, from) =>
  page.waitForFunction(
    ([id, x]) => {
      const { world } = arena.session;
      const row = world.rowOf(id);
      return row >= 0 && Math.abs(world.bodies.x[row] - x) > 1;
    },
    [body, from],
  );

test('two players see each other move', PATIENCE, async () => {
  const anna = await openArena(browser, addressOf('anna.1'));
  const bert = await openArena(browser, addressOf('bert.1'), PHONE);
  await isInWorld(anna);
  await isInWorld(bert);
  assert.equal(anna.url(), `${server.origin}/play`, 'the ticket is not in the address any more');
  const [annas, berts] = [await ownBody(anna), await ownBody(bert)];
  assert.notEqual(annas, berts);

  const before = await bodiesOf(bert);
  await anna.keyboard.down('ArrowRight');
  await seesMove(bert, annas, before[annas].x);
  await anna.screenshot({ path: join(PICTURES, 'wide.png') });
  await anna.keyboard.up('ArrowRight');
  assert.deepEqual(await anna.locator('#players li').allTextContents().then((all) => all.length), 2);
  assert.match(await anna.locator('#latency').textContent(), /^\d+ ms$/);

  const [touch] = [await bert.context().newCDPSession(bert)];
  const dragTo = (type, x) => touch.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y: 500 }] });
  await dragTo('touchStart', 200);
  await dragTo('touchMove', 120);
  await seesMove(anna, berts, before[berts].x);
  await bert.screenshot({ path: join(PICTURES, 'phone.png') });
  await dragTo('touchEnd', 120);
  assert.deepEqual([...anna.errors, ...bert.errors], []);
  await anna.context().close();
  await bert.context().close();
});

test('the brake stops', PATIENCE, async () => {
  const page = await openArena(browser, addressOf('dora.1'));
  const speed = (compare) =>
    page.waitForFunction((wanted) => {
      const { world, body } = arena.session;
      const row = world.rowOf(body);
      const now = Math.hypot(world.bodies.vx[row], world.bodies.vy[row]);
      return wanted === 'fast' ? now > 3 : now < 0.5;
    }, compare);
  await isInWorld(page);
  await page.keyboard.down('KeyS');
  await speed('fast');
  await page.keyboard.up('KeyS');
  await page.keyboard.down('Space');
  await speed('slow');
  await page.context().close();
});

test('offline for five seconds, then on with the same body', PATIENCE, async () => {
  const page = await openArena(browser, addressOf('emil.1'));
  await isInWorld(page);
  const body = await ownBody(page);
  await page.context().setOffline(true);
  server.cut(); // an emulated network leaves a WebSocket alone: the far end breaks it
  await page.waitForFunction(() => arena.session.status === 'waiting');
  await page.waitForTimeout(OFFLINE_MS);
  assert.match(await page.locator('#status').textContent(), /lost|connecting/);
  await page.screenshot({ path: join(PICTURES, 'offline.png') });
  await page.context().setOffline(false);
  await isInWorld(page);
  assert.equal(await ownBody(page), body);
  await page.keyboard.down('ArrowDown');
  const { [body]: from } = await bodiesOf(page);
  await page.waitForFunction(([id, y]) => arena.session.world.bodies.y[arena.session.world.rowOf(id)] > y + 1, [body, from.y]);
  await page.context().close();
});

test('loaded again, the same body; a second window takes over', PATIENCE, async () => {
  const page = await openArena(browser, addressOf('fritz.1'));
  await isInWorld(page);
  const body = await ownBody(page);
  await page.reload();
  await isInWorld(page);
  assert.equal(await ownBody(page), body);
  await page.reload();
  await isInWorld(page);
  assert.equal(await ownBody(page), body, 'and again');
  assert.deepEqual(page.errors, []);
  server.gateway.closeAll(4509, 'superseded: elsewhere');
  await page.locator('dialog[open]').waitFor();
  await page.screenshot({ path: join(PICTURES, 'superseded.png') });
  await page.getByRole('button', { name: 'Play here' }).click();
  await isInWorld(page);
  assert.equal(await ownBody(page), body);
  await page.context().close();
});

test('without a ticket, or with one that is used, the page says what to do', PATIENCE, async () => {
  const page = await openArena(browser, `${server.origin}/play`);
  await page.getByRole('heading', { name: 'No way in' }).waitFor();
  await page.context().close();
  const late = await openArena(browser, addressOf('fritz.1'));
  await late.getByRole('heading', { name: 'The ticket is used up' }).waitFor();
  await late.screenshot({ path: join(PICTURES, 'used_up.png') });
  await late.context().close();
});

test('every control has a name, and the page is in order for who cannot see it', PATIENCE, async () => {
  const page = await openArena(browser, addressOf('hans.1'));
  await isInWorld(page);
  for (const role of ['application', 'status', 'heading', 'list']) {
    assert.ok((await page.getByRole(role).count()) > 0, role);
  }
  assert.equal(await page.getByRole('application').getAttribute('tabindex'), '0');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'field');
  await page.context().close();
});
