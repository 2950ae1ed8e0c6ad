// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// Sessions in a storm: three players behind two gateways of a fake cluster, whose network cuts, delays and falls
// silent, whose gateways die, close and restart, whose ledger gets commands late, twice and out of order. Seeded.
//
// What holds after each: every promise has settled, once; what the promises told is what the ledger has; the world that
// each session shows is the cluster's, column by column.

import { Session } from '../../../clients/js/ledgerquest.js';
import { check } from '../check.js';
import { FakeCluster } from '../fake_cluster.js';
import { FakeGateway, playerOf } from '../fake_gateway.js';
import { inColumns, shown } from '../fake_world.js';
import { MemoryNetwork } from '../memory_network.js';
import { SeededRandom } from '../seeded_random.js';
import { VirtualClock, settlePromises } from '../virtual_clock.js';

const PLAYERS = ['anna', 'bert', 'cleo'];
const STORM_MS = 10000;
const CALM_MS = 45000;
const TROUBLE = { late: 0.05, twice: 0.05, full: 0.05, letter: 0.02, refused: 0.05 };
const RETRY_CODES = [1001, 4000, 4001, 4008, 4009, 4010, 4029, 4030];

class Storm {
  clock = new VirtualClock();
  told = []; // {player, tag, outcome}
  asked = 0;
  settled = 0;
  signIns = 0;
  misfits = 0;

  constructor(seed, { trouble = TROUBLE, mayLoseStates = 0, limits = {} } = {}) {
    this.random = new SeededRandom(seed);
    const { clock, random } = this;
    this.cluster = new FakeCluster({ clock, random, trouble, rate: 5 });
    this.processes = [0, 1].map(() => this.#gateway(limits, mayLoseStates));
    this.gateways = [...this.processes]; // null where the process is dead
    this.network = new MemoryNetwork({ clock, random, gateways: this.gateways });
    this.sessions = PLAYERS.map((name) => this.#session(name));
    this.cluster.start();
  }

  #gateway(limits, mayLoseStates) {
    const gateway = new FakeGateway({ cluster: this.cluster, clock: this.clock, random: this.random, limits });
    gateway.mayLoseStates = mayLoseStates;
    return gateway;
  }

  #session(name) {
    const session = new Session({
      url: 'ws://gateway.test/v1/connect',
      session: 'arena',
      signIn: () => ({ bearer: `${name}.${this.signIns++}` }),
      WebSocket: this.network.WebSocket,
      clock: this.clock,
      random: () => this.random.unit(),
      waitingMax: 100,
    });
    session.on('problem', ({ code }) => {
      this.misfits += code === 'state' ? 1 : 0;
    });
    session.name = name;
    return session;
  }

  #ask(session) {
    const { random } = this;
    const tag = `${session.name}-${this.asked++}`;
    const fields = { custom: btoa(tag) };
    const dice = random.unit();
    let promise;
    if (dice < 0.05) {
      promise = session.join({ x: random.unit() * 50, y: 5, radius: 1 });
    } else if (dice < 0.08) {
      promise = session.leave();
    } else if (dice < 0.4) {
      promise = session.command('SetThrust', { ...fields, vx: random.unit(), vy: random.unit() });
    } else if (dice < 0.42) {
      promise = session.command('Spawn', { ...fields, x: 5, y: 5, radius: 0.5, body_kind: 1, vx: 1, vy: 0 });
    } else {
      promise = session.command('Custom', fields);
    }
    this.#note(session, dice < 0.08 ? null : fields.custom, promise);
  }

  #note(session, custom, promise) {
    promise.then((outcome) => {
      this.settled += 1;
      this.told.push({ player: playerOf(session.name), custom, outcome });
    });
  }

  #disturb() {
    const { random, network, gateways } = this;
    const line = random.pick([...network.connections]);
    const dice = random.unit();
    if (dice < 0.4) {
      line?.cut({ silent: random.chance(0.3) });
    } else if (dice < 0.6) {
      line?.closeByGateway(random.pick(RETRY_CODES), 'why: retry_ms=100');
    } else if (dice < 0.7) {
      const index = random.whole(0, 1);
      gateways[index]?.kill();
      [...network.connections].forEach((each) => each.cut());
      gateways[index] = null;
      this.clock.setTimeout(() => {
        gateways[index] = this.processes[index];
      }, random.whole(10, 3000));
    } else {
      gateways[random.whole(0, 1)]?.closeAll(4000, 'gateway-stops: bye');
    }
  }

  async rage() {
    const end = this.clock.now() + STORM_MS;
    while (this.clock.now() < end) {
      await this.clock.pass(this.random.whole(1, 60));
      this.#ask(this.random.pick(this.sessions));
      if (this.random.chance(0.03)) {
        this.#disturb();
      }
      if (this.random.chance(0.02)) {
        this.random.pick(this.sessions).setView(this.random.chance(0.5) ? null : { x: 0, y: 0, width: 30, height: 30 });
      }
    }
  }

  async calm() {
    this.cluster.calm();
    this.processes.forEach((gateway) => {
      gateway.mayLoseStates = 0;
    });
    this.sessions.forEach((session) => session.setView(null));
    await this.clock.pass(CALM_MS);
    this.cluster.stop();
    await this.clock.pass(2000);
    await settlePromises();
  }
}

// What was told of each command, against the ledger.
function judge(storm, { mayBeUnknown }) {
  const executedAs = new Map();
  for (const { command, outcome, frame } of storm.cluster.executions) {
    if (command.custom !== undefined) {
      check.ok(!executedAs.has(command.custom), `${command.custom} executed twice`);
      executedAs.set(command.custom, { outcome, frame });
    }
  }
  check.equal(storm.cluster.breaches, [], 'numbers');
  check.equal([storm.settled, storm.told.length], [storm.asked, storm.asked], 'settled, each once');
  const kinds = new Set();
  for (const { custom, outcome: told } of storm.told) {
    const executed = executedAs.get(custom);
    kinds.add(told.outcome + (told.unused ? ' unused' : ''));
    if (told.outcome === 'unknown') {
      check.ok(mayBeUnknown, `unknown: ${JSON.stringify(told)}`);
    } else if (custom === null) {
      continue; // Join and Leave are said again by the session itself
    } else if (told.outcome === 'duplicate') {
      check.equal(executed?.frame, told.frame, custom);
    } else if (told.unused || told.outcome === 'dead-lettered') {
      check.equal(executed, undefined, `${custom} ${told.outcome}`);
    } else {
      check.equal(executed, { outcome: told.outcome, frame: told.frame }, custom);
    }
  }
  return kinds;
}

function judgeWorlds({ cluster, sessions }) {
  const { newest } = cluster;
  const wanted = inColumns(shown(newest, undefined, cluster.isAttached));
  for (const { name, world } of sessions) {
    check.equal([world.frame, world.hash], [newest.frame, newest.hash], name);
    check.equal({ bodies: world.bodies, agents: world.agents, players: world.players }, wanted, name);
  }
  const owners = newest.players.map(([, body]) => body);
  check.equal(new Set(owners).size, owners.length, 'a body each');
}

async function weather(seed, options) {
  const storm = new Storm(seed, options);
  await storm.rage();
  await storm.calm();
  try {
    const kinds = judge(storm, options);
    judgeWorlds(storm);
    return { kinds, storm };
  } catch (error) {
    error.message = `seed ${seed}: ${error.message}`;
    throw error;
  }
}

const SEEDS = Number(globalThis.process?.env.LQ_SEEDS ?? 8);
const manySeeds = (first) => Array.from({ length: SEEDS }, (_, index) => first + index);

export const cases = {
  async 'what promises tell is what the ledger has, and nothing stays unknown'() {
    const kinds = new Set();
    let connections = 0;
    for (const seed of manySeeds(1)) {
      const { kinds: some, storm } = await weather(seed, { mayBeUnknown: false });
      some.forEach((kind) => kinds.add(kind));
      connections += storm.network.opened;
    }
    check.equal([...kinds].sort(), ['applied', 'dead-lettered', 'duplicate', 'refused', 'refused unused'], 'all of them met');
    check.ok(connections > SEEDS * PLAYERS.length * 3, `only ${connections} connections`);
  },

  async 'a gateway that forgets states is noticed, and the world is whole in the end'() {
    let misfits = 0;
    for (const seed of manySeeds(1001)) {
      misfits += (await weather(seed, { mayBeUnknown: false, mayLoseStates: 0.02 })).storm.misfits;
    }
    check.ok(misfits > SEEDS, `only ${misfits} misfits`);
  },

  async 'few outstanding, and a slow pace'() {
    for (const seed of manySeeds(2001)) {
      await weather(seed, { mayBeUnknown: false, limits: { outstanding: 3, commands_per_s: 10 } });
    }
  },

  async 'where the gateways change their secret, what was owed is unknown, and told as nothing else'() {
    const kinds = new Set();
    for (const seed of manySeeds(3001)) {
      const storm = new Storm(seed);
      storm.clock.setTimeout(() => {
        storm.processes.forEach((gateway) => {
          gateway.secret = 'another';
          gateway.closeAll(4000, '');
        });
      }, STORM_MS / 2);
      await storm.rage();
      await storm.calm();
      judge(storm, { mayBeUnknown: true }).forEach((kind) => kinds.add(kind));
      judgeWorlds(storm);
    }
    check.ok(kinds.has('unknown'), 'nothing was unknown');
  },
};
