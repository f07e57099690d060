/** What is used of an `AbortSignal`, so that no platform's types are needed; every `AbortSignal` is one. */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  /** Throws the reason once it is aborted. */
  throwIfAborted(): void;
  /** As of an EventTarget. */
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  /** As of an EventTarget. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The way to one chip: a reader, a socket, the virtual chip. Bytes in, bytes out, no opinions. */
export interface Channel {
  /** Answer to reset, when the transport knows it. */
  readonly atr?: Uint8Array;
  /** Longest command in bytes that may be given to `transmit`; 261 when only short lengths pass. */
  readonly maxCommand: number;
  /** Longest response in bytes, status word included; 258 when only short lengths pass. */
  readonly maxResponse: number;
  /** Sends one command and gives the chip's whole reply; an empty reply means that the card was torn. */
  transmit(command: Uint8Array, options?: { signal?: CancelSignal }): Promise<Uint8Array>;
  /** Resets the chip: its volatile state is gone. */
  reset?(): Promise<void>;
  /** Gives the chip back. */
  close?(): Promise<void>;
}
