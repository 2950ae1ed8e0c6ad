// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// world_columns.js - the world that the gateway's states describe: row i of each column belongs to body i, bodies
// ascend by id. A keyframe replaces the columns, a delta changes them in place.

// columns.def
const MOTION = ['x', 'y', 'angle', 'vx', 'vy', 'spin'];
const COLUMNS = ['id', 'kind', 'x', 'y', 'angle', 'vx', 'vy', 'spin', 'radius', 'thrust_x', 'thrust_y'];
const FLOATS = new Set(['vx', 'vy', 'spin', 'radius', 'thrust_x', 'thrust_y', 'strength']);
const LISTS = {
  agents: ['body', 'behavior', 'target', 'strength'],
  players: ['player', 'body', 'attached'],
};
// end of columns.def

const emptyColumns = (names) => Object.fromEntries(names.map((name) => [name, []]));

// The named columns of a message, which must be of one length. A float comes in the shortest form that reads back to
// the same float; the double nearest to that float is what arithmetic needs.
function readColumns(from, names) {
  const read = {};
  for (const name of names) {
    const column = from[name];
    if (!Array.isArray(column) || column.length !== from[names[0]].length) {
      throw new RangeError(`column ${name}`);
    }
    read[name] = FLOATS.has(name) ? column.map(Math.fround) : column;
  }
  return read;
}

export class WorldColumns {
  frame = -1; // of the state that the columns show; -1 before the first
  hash = '';
  width = 0; // metres
  height = 0;
  restitution = 1; // part of a body's speed that a wall gives back
  stepSeconds = 0; // of one step of the grid; 0: the session has no rate
  tenantBytes = ''; // base64
  bodies = emptyColumns(COLUMNS);
  agents = emptyColumns(LISTS.agents);
  players = emptyColumns(LISTS.players);

  // The row of body `id`, or -1.
  rowOf(id) {
    const row = this.#placeOf(id);
    return this.bodies.id[row] === id ? row : -1;
  }

  // Whether a player is in the world: its body's id, or 0.
  bodyOf(player) {
    const index = this.players.player.indexOf(player);
    return index < 0 ? 0 : this.players.body[index];
  }

  // Throws when the state is not well formed; then the columns are worth nothing until the next keyframe.
  apply(state) {
    if (state.base === null) {
      this.bodies = emptyColumns(COLUMNS);
      this.agents = emptyColumns(LISTS.agents);
      this.players = emptyColumns(LISTS.players);
    }
    for (const id of state.gone ?? []) {
      this.#remove(id);
    }
    if (state.bodies) {
      this.#put(readColumns(state.bodies, COLUMNS));
    }
    if (state.moved) {
      this.#move(readColumns(state.moved, ['id', ...MOTION]));
    }
    for (const name of ['agents', 'players']) {
      if (state[name]) {
        this[name] = readColumns(state[name], LISTS[name]);
      }
    }
    if (state.world) {
      this.#configure(state.world);
    }
    this.frame = state.frame;
    this.hash = state.hash;
  }

  #configure(world) {
    const { rate } = world;
    this.width = world.width;
    this.height = world.height;
    this.restitution = world.restitution ?? this.restitution;
    this.tenantBytes = world.tenant_bytes ?? '';
    if (typeof rate === 'number') {
      this.stepSeconds = rate > 0 ? 1 / rate : 0;
    } else {
      this.stepSeconds = rate?.numerator > 0 ? rate.denominator / rate.numerator : 0;
    }
  }

  // The row of the first body whose id is not below `id`. New bodies have the highest ids, so look there first.
  #placeOf(id) {
    const ids = this.bodies.id;
    let low = 0;
    let high = ids.length;
    if (high > 0 && ids[high - 1] < id) {
      return high;
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ids[middle] < id) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  #remove(id) {
    const row = this.rowOf(id);
    if (row < 0) {
      throw new RangeError(`gone ${id}`);
    }
    for (const name of COLUMNS) {
      this.bodies[name].splice(row, 1);
    }
  }

  #put(columns) {
    columns.id.forEach((id, index) => {
      const row = this.#placeOf(id);
      const replaced = this.bodies.id[row] === id ? 1 : 0;
      for (const name of COLUMNS) {
        this.bodies[name].splice(row, replaced, columns[name][index]);
      }
    });
  }

  #move(columns) {
    columns.id.forEach((id, index) => {
      const row = this.rowOf(id);
      if (row < 0) {
        throw new RangeError(`moved ${id}`);
      }
      for (const name of MOTION) {
        this.bodies[name][row] = columns[name][index];
      }
    });
  }
}
