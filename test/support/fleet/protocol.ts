/** The clock that all processes of one machine share. Units: ms. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** What the hosts of one process saw; each time by `now`. */
export interface Seen {
  /** Message, when its text came down the link, and when the api had committed that the CLI took it. */
  messages: [id: string, delivered: number, accepted: number][];
  /** Lost links, and dials that came to nothing: another dial follows each. */
  failed: number[];
  welcomed: number[];
}

/** What the driver of a fleet asks of a process of simulated hosts. */
export interface Orders {
  /** Joins them through the api. */
  join: {
    readonly order: {
      readonly apiUrl: string;
      readonly stateDir: string;
      readonly hosts: readonly HostOrder[];
    };
    readonly answer: null;
  };
  /** Dials with all; answered when all are welcomed. */
  link: { readonly order: null; readonly answer: null };
  /** Half of the terminals begin a turn, the other half end theirs. Answers what each is then. */
  turn: { readonly order: { readonly odd: boolean }; readonly answer: Readonly<Record<string, string>> };
  /** Answered when all are linked. */
  linked: { readonly order: null; readonly answer: null };
  /** Answered when the api has acked all that they told of messages. */
  acked: { readonly order: null; readonly answer: null };
  /** What was seen since the last time. */
  seen: { readonly order: null; readonly answer: Seen };
}

export interface HostOrder {
  readonly name: string;
  readonly token: string;
  readonly capacity: number;
  /** The address that it joins from: an api admits only so many joins a minute from one. */
  readonly address: string;
}

export interface OrderMessage {
  readonly id: number;
  readonly kind: keyof Orders;
  readonly order: unknown;
}
export interface AnswerMessage {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}
