// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// painter.js - the world on the canvas: the whole of it where it fits, else the part around the own body.

const METRE_PX_MIN = 15; // smaller than this nobody sees anything: rather look at a part
const MARGIN_PX = 18;
const GRID_M = 5;
const COLOURS = { own: '#ffb454', player: '#59c2ff', Wander: '#c792ea', Seek: '#ff7b72', Flee: '#7fd962', Idle: '#8795ad', thing: '#8795ad' };
const GROUND = '#101624';
const GRID = 'rgb(255 255 255 / 4%)';
const WALL = '#2f3c57';
const TURN = 2 * Math.PI;

export class Painter {
  #canvas;
  #context;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
  }

  // `bodies`: [{x, y, radius, look, label?, isAway?, thrust?: {x, y}}], the last one on top; `focus`: {x, y}.
  paint(world, bodies, focus, stick) {
    const context = this.#context;
    const ratio = globalThis.devicePixelRatio || 1;
    const width = this.#canvas.clientWidth;
    const height = this.#canvas.clientHeight;
    if (this.#canvas.width !== Math.round(width * ratio) || this.#canvas.height !== Math.round(height * ratio)) {
      this.#canvas.width = Math.round(width * ratio);
      this.#canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (world.width > 0) {
      const camera = lookAt(world, focus, width, height);
      context.setTransform(camera.scale * ratio, 0, 0, camera.scale * ratio, camera.x * ratio, camera.y * ratio);
      this.#paintGround(world, camera.scale);
      bodies.forEach((body) => this.#paintBody(body, camera.scale));
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (stick !== undefined) {
      this.#paintStick(stick);
    }
  }

  #paintGround({ width, height }, scale) {
    const context = this.#context;
    context.fillStyle = GROUND;
    context.fillRect(0, 0, width, height);
    context.beginPath();
    for (let x = GRID_M; x < width; x += GRID_M) {
      context.moveTo(x, 0);
      context.lineTo(x, height);
    }
    for (let y = GRID_M; y < height; y += GRID_M) {
      context.moveTo(0, y);
      context.lineTo(width, y);
    }
    context.lineWidth = 1 / scale;
    context.strokeStyle = GRID;
    context.stroke();
    context.lineWidth = 2 / scale;
    context.strokeStyle = WALL;
    context.strokeRect(0, 0, width, height);
  }

  #paintBody({ x, y, radius, look, label, isAway, thrust }, scale) {
    const context = this.#context;
    const colour = COLOURS[look];
    if (thrust !== undefined && Math.hypot(thrust.x, thrust.y) > 0.05) {
      this.#paintFlame(x, y, radius, thrust);
    }
    context.beginPath();
    context.arc(x, y, Math.max(radius - 1 / scale, 1 / scale), 0, TURN);
    context.globalAlpha = isAway ? 0.3 : 1;
    const shade = context.createRadialGradient(x - radius / 3, y - radius / 3, radius / 8, x, y, radius);
    shade.addColorStop(0, `color-mix(in srgb, ${colour}, white 35%)`);
    shade.addColorStop(1, colour);
    context.fillStyle = shade;
    context.fill();
    context.globalAlpha = 1;
    if (isAway) {
      context.setLineDash([4 / scale, 4 / scale]);
      context.lineWidth = 1.5 / scale;
      context.strokeStyle = colour;
      context.stroke();
      context.setLineDash([]);
    }
    if (label !== undefined) {
      context.font = `600 ${12 / scale}px system-ui, sans-serif`;
      context.textAlign = 'center';
      context.fillStyle = 'rgb(230 235 245 / 85%)';
      context.fillText(label, x, y - radius - 6 / scale);
    }
  }

  // What pushes leaves on the other side.
  #paintFlame(x, y, radius, { x: pushX, y: pushY }) {
    const context = this.#context;
    const angle = Math.atan2(-pushY, -pushX);
    const length = radius * (1 + 0.9 * Math.min(Math.hypot(pushX, pushY), 1));
    context.beginPath();
    context.moveTo(x + Math.cos(angle) * (radius + length), y + Math.sin(angle) * (radius + length));
    context.arc(x, y, radius * 0.9, angle - 0.6, angle + 0.6);
    context.closePath();
    context.fillStyle = 'rgb(255 209 115 / 70%)';
    context.fill();
  }

  #paintStick({ fromX, fromY, x, y }) {
    const context = this.#context;
    context.lineWidth = 2;
    context.strokeStyle = 'rgb(255 255 255 / 35%)';
    context.beginPath();
    context.arc(fromX, fromY, 60, 0, TURN);
    context.stroke();
    const part = Math.min(60 / Math.max(Math.hypot(x - fromX, y - fromY), 1), 1);
    context.beginPath();
    context.arc(fromX + (x - fromX) * part, fromY + (y - fromY) * part, 20, 0, TURN);
    context.fillStyle = 'rgb(255 180 84 / 60%)';
    context.fill();
  }
}

// {scale, x, y}: pixels a metre, and where the world's corner comes to lie.
export function lookAt(world, focus, width, height) {
  const top = 48; // the bar
  const bottom = 48; // the help
  const free = { width: width - 2 * MARGIN_PX, height: height - top - bottom };
  const fit = Math.min(free.width / world.width, free.height / world.height);
  const scale = Math.max(fit, METRE_PX_MIN);
  return {
    scale,
    x: corner(world.width * scale, focus.x * scale, MARGIN_PX, free.width),
    y: corner(world.height * scale, focus.y * scale, top, free.height),
  };
}

// One axis: in the middle where all of it fits, else so that the focus is in the middle and no more than walls show.
function corner(length, focus, start, free) {
  if (length <= free) {
    return start + (free - length) / 2;
  }
  return start + Math.min(0, Math.max(free - length, free / 2 - focus));
}
