// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// Types of ledgerquest.js. How a session behaves: docs/sdk-behaviour.md.

/** What became of a command. A promise of it always settles and is never rejected. */
export interface Outcome {
  /**
   * - `applied`: it is in the ledger, at `frame`. A Join of who is in the world already counts as applied, with `already`.
   * - `refused`: with `reason`; in the ledger at `frame`, or `unused`: never executed, and no copy of it can be.
   * - `duplicate`: it was decided, applied or refused, at or before `frame`; its first answer was lost.
   * - `dead-lettered`: kept for an operator as `letter`; it may be executed later.
   * - `unknown`: it was sent, and nobody can tell any more: the sign-in is no longer good for it, this player has
   *   connected elsewhere, or the session has ended.
   */
  outcome: 'applied' | 'refused' | 'duplicate' | 'dead-lettered' | 'unknown';
  frame?: number;
  hash?: string;
  reason?: string;
  letter?: string;
  unused?: boolean;
  already?: boolean;
}

/** How far a command has come before its promise settles. */
export interface Progress {
  /** 0 until it is sent. */
  readonly number: number;
  /** Under which it was sent, 16 hex digits: with the player and the number it names the command in the ledger. */
  readonly incarnation: string;
  /** Whether `world` contains what it did; also true when it will never do anything. */
  readonly shown: boolean;
}

export type CommandPromise = Promise<Outcome> & { readonly progress: Progress };

export interface JoinFields {
  x?: number;
  y?: number;
  radius?: number;
  body_kind?: number;
}

export interface View {
  x: number;
  y: number;
  width: number;
  height: number;
}

export type Behavior = 'Idle' | 'Seek' | 'Flee' | 'Wander';

/** The fields of each kind of command; `body` left out means the player's own. */
export interface CommandFields {
  SetThrust: { vx: number; vy: number; body?: number };
  ApplyImpulse: { vx: number; vy: number; body?: number };
  SetBehavior: { behavior: Behavior; body?: number; target?: number; strength?: number };
  Spawn: { x: number; y: number; radius: number; body_kind?: number; vx?: number; vy?: number };
  Despawn: { body?: number };
  /** base64 */
  Custom: { custom: string };
}

/** Row i of each column belongs to one body; ids ascend. Read them before the next state changes them. */
export interface BodyColumns {
  readonly id: readonly number[];
  readonly kind: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** 2^-32 of a turn */
  readonly angle: readonly number[];
  readonly vx: readonly number[];
  readonly vy: readonly number[];
  readonly spin: readonly number[];
  readonly radius: readonly number[];
  readonly thrust_x: readonly number[];
  readonly thrust_y: readonly number[];
}

export interface AgentColumns {
  readonly body: readonly number[];
  readonly behavior: readonly Behavior[];
  readonly target: readonly number[];
  readonly strength: readonly number[];
}

/** All players of the world, in and out of view; `attached`: somebody is connected for it. */
export interface PlayerColumns {
  readonly player: readonly string[];
  readonly body: readonly number[];
  readonly attached: readonly boolean[];
}

export class WorldColumns {
  /** -1 before the first state */
  readonly frame: number;
  readonly hash: string;
  readonly width: number;
  readonly height: number;
  readonly restitution: number;
  /** of a step of the grid; 0: the session has no rate */
  readonly stepSeconds: number;
  /** base64 */
  readonly tenantBytes: string;
  readonly bodies: BodyColumns;
  readonly agents: AgentColumns;
  readonly players: PlayerColumns;
  /** The row of body `id`, or -1. */
  rowOf(id: number): number;
  /** The id of a player's body, or 0. */
  bodyOf(player: string): number;
  /** Apply a `state` message. Throws when it does not fit. */
  apply(state: object): void;
}

export interface WorldEvent {
  frame: number;
  events: { type: string; body?: number; player?: string }[];
}

export type Status = 'connecting' | 'settling' | 'joining' | 'open' | 'waiting' | 'ended';

export interface SessionEvents {
  status: (status: Status) => void;
  /** After each state; `message` is what the gateway sent. */
  state: (world: WorldColumns, message: object) => void;
  /** Who is in the world and who is connected has changed. */
  players: (players: PlayerColumns) => void;
  event: (event: WorldEvent) => void;
  /** Events of these frames, both included, cannot be had. */
  gap: (gap: { from: number; to: number }) => void;
  /** A new token for `resume`, or undefined. */
  resume: (token: string | undefined) => void;
  problem: (problem: { code: string; reason: string }) => void;
  end: (ending: { code: number; reason: string }) => void;
}

/** How to sign in: a bearer token (also as plain text), or a ticket, good for one connection. */
export type SignIn = string | { bearer: string } | { ticket: string };

export interface SessionOptions {
  /** Of the gateway, `wss://HOST/v1/connect`; http and https are taken as ws and wss. */
  url: string | URL;
  /** The session's name. */
  session: string;
  /** `play` (usual) or `watch`. */
  right?: 'play' | 'watch';
  /** The rule by which the session is made if it is not there. */
  create?: string;
  /** Asked when there is no token to resume by, or none that is accepted. null: give up. A failure: ask again later. */
  signIn?: () => SignIn | null | Promise<SignIn | null>;
  /** A token that a session told before (`resumeToken`), on this page or on one before it. */
  resume?: string;
  view?: View;
  /** At most so many states a second. */
  statesPerSecond?: number;
  /** How many commands may wait to be sent (256). More are refused: QUEUE_FULL. */
  waitingMax?: number;
  /** The constructor, where there is no global one: Node below 22. */
  WebSocket?: new (url: string, protocols: string[]) => object;
  /** For tests. */
  clock?: {
    now(): number;
    setTimeout(run: () => void, ms: number): unknown;
    clearTimeout(timer: unknown): void;
  };
  /** For tests. */
  random?: () => number;
}

export class Session {
  constructor(options: SessionOptions);
  readonly status: Status;
  readonly world: WorldColumns;
  /** 16 hex digits, '' before the first welcome. */
  readonly player: string;
  /** The session's name; from the first welcome on as the cluster knows it. */
  readonly name: string;
  /** The id of the own body, or 0. */
  readonly body: number;
  /** The highest number of this connection that `world` contains. */
  readonly applied: number;
  /** What the gateway lets this player send. */
  readonly rules: Record<string, unknown>;
  /** The way to the gateway and back in milliseconds, smoothed; NaN before the first answer. */
  readonly latencyMs: number;
  /** Signs this player in again: keep it as secret as a password. */
  readonly resumeToken: string | undefined;
  readonly ending: { code: number; reason: string } | null;

  on<Name extends keyof SessionEvents>(name: Name, listener: SessionEvents[Name]): () => boolean;
  join(fields?: JoinFields): CommandPromise;
  leave(): CommandPromise;
  command<Kind extends keyof CommandFields>(kind: Kind, fields: CommandFields[Kind]): CommandPromise;
  /** Only bodies that touch the rectangle from now on; null: all. */
  setView(view: View | null): void;
  /** Ask for the whole world anew. */
  refresh(): void;
  /** No more connections: what has no answer is told as unknown, what was never sent as refused. */
  close(): void;
}

/** What each close code of the gateway means, and when to come back. */
export const CLOSE_CODES: Readonly<Record<number, { word: string; then: 'now' | 'later' | 'sign-in' | 'never' }>>;
