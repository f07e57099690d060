import { CardwrightError } from "../../errors.js";

/** What a pool has to know of its sessions. */
export interface SessionKind<Session> {
  /** Makes a session, ready to work. */
  open(): Promise<Session>;
  /** Lets go of one that is no longer wanted; nothing may come of it when it is dead. */
  close(session: Session): void;
  /** Whether an error says that the session, not the work, is at fault. */
  isGone(error: unknown): boolean;
}

/** How large a pool is, and how it bears losses. */
export interface PoolLimits {
  /** Sessions at most; opened when they are needed. */
  readonly sessions: number;
  /** Jobs that may wait for a session; one more is refused. */
  readonly waiting: number;
  /** How often a job is begun again with a new session. */
  readonly retries: number;
  /** Waits before retry number 1, 2, …. */
  readonly pause: (retry: number) => Promise<void>;
}

/**
 * Sessions shared by jobs: each job has one to itself. A session that dies is replaced and its job begun again; a job that finds
 * the queue full is refused at once, so that whoever produces jobs has to wait.
 */
export class SessionPool<Session> {
  readonly #kind: SessionKind<Session>;
  readonly #limits: PoolLimits;
  readonly #idle: Session[] = [];
  readonly #queue: ((hasPlace: boolean) => void)[] = [];
  #busy = 0;
  #closed = false;
  #whenEmpty: (() => void) | undefined;

  constructor(kind: SessionKind<Session>, limits: PoolLimits) {
    this.#kind = kind;
    this.#limits = limits;
  }

  /** Runs a job with a session of its own. */
  async use<T>(job: (session: Session) => Promise<T>): Promise<T> {
    await this.#enter();
    let session: Session | undefined;
    try {
      for (let retry = 0; ; retry++) {
        try {
          session ??= this.#idle.pop() ?? (await this.#kind.open());
          return await job(session);
        } catch (error) {
          if (!this.#kind.isGone(error)) throw error;
          if (session !== undefined) this.#kind.close(session);
          session = undefined;
          if (retry >= this.#limits.retries || this.#closed) throw error;
          // Sessions that lie idle hang on the same token: what killed one has most likely killed them all.
          for (const idle of this.#idle.splice(0)) this.#kind.close(idle);
          await this.#limits.pause(retry + 1);
        }
      }
    } finally {
      if (session !== undefined) this.#idle.push(session);
      this.#leave();
    }
  }

  /** Refuses new jobs, lets the running ones end, and closes all sessions. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const begin of this.#queue.splice(0)) begin(false);
    if (this.#busy > 0) {
      await new Promise<void>((resolve) => {
        this.#whenEmpty = resolve;
      });
    }
    for (const session of this.#idle.splice(0)) this.#kind.close(session);
  }

  async #enter(): Promise<void> {
    this.#refuseWhenClosed();
    if (this.#busy < this.#limits.sessions) {
      this.#busy++;
      return;
    }
    if (this.#queue.length >= this.#limits.waiting) {
      throw new CardwrightError(
        "SIGNER_BUSY",
        `All ${this.#limits.sessions} sessions are at work and ${this.#queue.length} jobs wait; begin fewer at once, as signBatch does.`,
      );
    }
    // Who leaves hands its place on, so that it cannot be taken by somebody who comes later.
    const hasPlace = await new Promise<boolean>((resolve) => this.#queue.push(resolve));
    if (this.#closed && hasPlace) this.#leave();
    this.#refuseWhenClosed();
  }

  #leave(): void {
    const next = this.#queue.shift();
    if (next !== undefined) {
      next(true);
      return;
    }
    this.#busy--;
    if (this.#busy === 0) this.#whenEmpty?.();
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new CardwrightError("SIGNER_UNAVAILABLE", "The signer has been closed; open a new one.");
  }
}
