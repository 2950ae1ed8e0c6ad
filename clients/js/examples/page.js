// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
import { Session } from '../ledgerquest.js';

const asked = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, '', location.pathname); // a ticket is for nobody else's eyes

const session = new Session({
  url: new URL('/v1/connect', location.href),
  session: asked.get('session'),
  signIn: () => (asked.get('ticket') ? { ticket: asked.get('ticket') } : null),
});
const PUSHES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const context = document.querySelector('#world').getContext('2d');
const say = (text) => (document.querySelector('#status').textContent = text);

session.on('status', say);
session.on('end', ({ code, reason }) => say(`ended: ${code} ${reason}`));
session.on('state', ({ bodies, width }) => {
  const scale = context.canvas.width / width;
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  bodies.id.forEach((id, row) => {
    context.fillStyle = id === session.body ? 'orange' : 'grey';
    context.beginPath();
    context.arc(bodies.x[row] * scale, bodies.y[row] * scale, bodies.radius[row] * scale, 0, 2 * Math.PI);
    context.fill();
  });
});
addEventListener('keydown', ({ key }) => {
  const [vx, vy] = PUSHES[key] ?? [];
  if (vx !== undefined) {
    session.command('ApplyImpulse', { vx, vy });
  }
});
session.join().then(({ outcome, reason = '' }) => say(`joined: ${outcome} ${reason}`));
