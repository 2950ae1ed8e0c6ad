// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// memory_network.js - a network in memory whose sockets look like WebSocket to the session. Each direction of a
// connection keeps its order and has its own delays. A cut loses what is under way, whole messages from some point on,
// in each direction its own; the far end may notice late, or the near end never: then nothing comes any more.

const OPEN_MS = [1, 60];
const NOTICE_MS = [0, 4000];

export class MemoryNetwork {
  #clock;
  #random;
  #gateways;
  #delayMs;
  connections = new Set();
  opened = 0;

  // `gateways`: objects with accept(connection, {url, protocols}), or null where none listens at the moment.
  constructor({ clock, random, gateways, delayMs = [1, 40] }) {
    this.#clock = clock;
    this.#random = random;
    this.#gateways = gateways;
    this.#delayMs = delayMs;
    const network = this;
    this.WebSocket = class {
      onopen = null;
      onmessage = null;
      onclose = null;
      onerror = null;
      constructor(url, protocols) {
        network.opened += 1;
        this.line = new Line(network, this, { url, protocols });
      }
      send(text) {
        this.line.toGateway(text);
      }
      close() {
        this.line.closeByClient();
      }
    };
  }

  pickGateway() {
    const all = this.#gateways.filter((gateway) => gateway !== null);
    return all.length === 0 ? null : this.#random.pick(all);
  }

  after([low, high], run) {
    this.#clock.setTimeout(run, this.#random.whole(low, high));
  }

  get now() {
    return this.#clock.now();
  }

  get delay() {
    return this.#random.whole(...this.#delayMs);
  }

  at(time, run) {
    this.#clock.setTimeout(run, time - this.#clock.now());
  }

  noticeMs() {
    return this.#random.whole(...NOTICE_MS);
  }

  chance(part) {
    return this.#random.chance(part);
  }
}

// One connection: the client's socket, the gateway's end, and what is on its way between them.
class Line {
  #network;
  #socket;
  #arrivesAtGateway = 0; // not before what was sent earlier
  #arrivesAtClient = 0;
  #isLost = false; // no message arrives any more
  #clientKnows = false;
  #gatewayKnows = false;
  #end = null; // the gateway's, once accepted

  constructor(network, socket, request) {
    this.#network = network;
    this.#socket = socket;
    network.after(OPEN_MS, () => this.#connect(request));
  }

  #connect(request) {
    const gateway = this.#network.pickGateway();
    if (this.#clientKnows) {
      return;
    }
    if (gateway === null) {
      return this.tellClient(1006, '');
    }
    this.#network.connections.add(this);
    this.#end = {
      onmessage: null,
      onclose: null,
      send: (text) => this.toClient(text),
      close: (code, reason = '') => this.closeByGateway(code, reason),
    };
    gateway.accept(this.#end, request);
    this.#socket.onopen?.({});
  }

  toGateway(text) {
    this.#arrivesAtGateway = Math.max(this.#arrivesAtGateway, this.#network.now + this.#network.delay);
    this.#network.at(this.#arrivesAtGateway, () => {
      if (!this.#isLost && !this.#gatewayKnows) {
        this.#end.onmessage(text);
      }
    });
  }

  toClient(text) {
    this.#arrivesAtClient = Math.max(this.#arrivesAtClient, this.#network.now + this.#network.delay);
    this.#network.at(this.#arrivesAtClient, () => {
      if (!this.#isLost && !this.#clientKnows) {
        this.#socket.onmessage?.({ data: text });
      }
    });
  }

  closeByClient() {
    this.#clientKnows = true;
    this.#network.connections.delete(this);
    this.#network.after([0, 50], () => this.tellGateway());
  }

  // What was sent before arrives first.
  closeByGateway(code, reason) {
    this.#gatewayKnows = true;
    this.#network.connections.delete(this);
    this.#network.at(Math.max(this.#arrivesAtClient, this.#network.now), () => {
      if (!this.#isLost) {
        this.tellClient(code, reason);
      }
    });
  }

  // The connection breaks: what is under way is lost from now on. `silent`: the client hears nothing of it.
  cut({ silent = false } = {}) {
    this.#isLost = true;
    this.#network.connections.delete(this);
    if (!silent) {
      this.#network.after([0, 20], () => this.tellClient(1006, ''));
    }
    this.#network.at(this.#network.now + this.#network.noticeMs(), () => this.tellGateway());
  }

  tellClient(code, reason) {
    if (!this.#clientKnows) {
      this.#clientKnows = true;
      this.#socket.onclose?.({ code, reason });
    }
  }

  tellGateway() {
    if (!this.#gatewayKnows) {
      this.#gatewayKnows = true;
      this.#end?.onclose();
    }
  }
}
