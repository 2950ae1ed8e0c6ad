// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// own_body.js - one body's step as physics version 1 makes it (actors/physics/domain/), to the last bit, but for what
// other bodies do to it. A body is {x, y, vx, vy, radius, thrust_x, thrust_y}, a world {width, height, restitution}.

const SPEED_MAX = 1.0e6; // m/s
const POSITION_MAX = 1.0e9; // m

// Adding zero turns a negative zero into a positive one.
const clamp = (value, max) => Math.max(Math.min(value, max), -max) + 0;

// One axis between a wall at 0 and a wall at `length`: [place, velocity].
function bounce(place, velocity, radius, length, restitution) {
  const low = radius;
  const high = length - radius;
  if (high < low) {
    return [length * 0.5, 0];
  }
  if (place < low) {
    return [low, velocity < 0 ? -restitution * velocity : velocity];
  }
  if (place > high) {
    return [high, velocity > 0 ? -restitution * velocity : velocity];
  }
  return [place, velocity];
}

// The velocity that the world keeps: single precision, bounded.
const kept = (velocity) => Math.fround(clamp(velocity, SPEED_MAX)) + 0;

export function stepBody(body, world, seconds) {
  const fastX = body.vx + body.thrust_x * seconds;
  const fastY = body.vy + body.thrust_y * seconds;
  const { radius } = body;
  const [x, vx] = bounce(body.x + fastX * seconds, fastX, radius, world.width, world.restitution);
  const [y, vy] = bounce(body.y + fastY * seconds, fastY, radius, world.height, world.restitution);

  body.x = clamp(x, POSITION_MAX);
  body.y = clamp(y, POSITION_MAX);
  body.vx = kept(vx);
  body.vy = kept(vy);
}
