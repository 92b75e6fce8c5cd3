import type { StopSignal } from "../gateway/stop-signal.ts";
/** One client's place in a flight. */
export interface Seat<Landed> {
  /** Rejects with the flight's error, or at once with the signal's reason when this client leaves. */
  readonly landed: Promise<Landed>;
  /** Set off the flight. */
  readonly isFirst: boolean;
  /** Whether the answer is on this client's account: the first one's, or when that leaves before the end, the next one's. */
  readonly pays: boolean;
  /** Done with it, or no longer interested. */
  leave(): void;
}

/** One call under way, for everybody who asks the same meanwhile. */
export interface Flight<Landed> {
  board(signal: StopSignal): Seat<Landed>;
  /** Nothing more is bought: whoever pays now has paid, and who leaves ends nothing. */
  settle(): void;
  /** Clients aboard. */
  readonly size: number;
}

export interface FlightOptions<Landed> {
  /** @param signal aborted when nobody waits any more, also after it has landed, while its answer streams */
  readonly start: (signal: StopSignal) => Promise<Landed>;
  /** It failed, or everybody has left: whoever comes now must set off another. */
  readonly onOver: () => void;
}

/** Ends a call that nobody waits for any more. */
export class NobodyWaits extends Error {
  constructor() {
    super("every client left");
    this.name = "NobodyWaits";
  }
}

/** The call goes on for as long as anybody waits for it, whoever set it off. */
export function createFlight<Landed>({ start, onOver }: FlightOptions<Landed>): Flight<Landed> {
  const seats = new Set<object>();
  const controller = new AbortController();
  let payer: object | null = null;
  let isSettled = false;
  let landing: Promise<Landed> | null = null;

  function leave(seat: object): void {
    if (!seats.delete(seat)) return;
    if (seats.size === 0) {
      onOver();
      if (!isSettled) controller.abort(new NobodyWaits());
    } else if (payer === seat && !isSettled) payer = [...seats][0]!; // there is one
  }

  return {
    board(signal) {
      const seat = {};
      const isFirst = landing === null;
      seats.add(seat);
      payer ??= seat;
      landing ??= start(controller.signal).catch((error: unknown) => {
        onOver();
        throw error;
      });
      return {
        isFirst,
        landed: unlessLeft(landing, signal, () => leave(seat)),
        get pays() {
          return payer === seat;
        },
        leave: () => leave(seat),
      };
    },
    settle() {
      isSettled = true;
    },
    get size() {
      return seats.size;
    },
  };
}

/** `onLeft` is called also after the promise is resolved: a client may leave while its answer streams. */
function unlessLeft<Value>(promise: Promise<Value>, signal: StopSignal, onLeft: () => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    const left = () => {
      onLeft();
      reject(signal.reason);
    };
    promise.then(resolve, reject);
    if (signal.aborted) left();
    else signal.addEventListener("abort", left, { once: true });
  });
}
