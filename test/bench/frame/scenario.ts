/** What a scenario is told on the command line. */
export type BenchOptions = Readonly<{
  rounds: number;
  /** How many changes a round makes, where the scenario counts in changes. */
  changes: number;
  /** The exact sizes, whatever time they take; else smaller ones where these would take minutes. */
  full: boolean;
  say: (text: string) => void;
}>;

/** One line of a result: texts, since every measure has its own unit. An empty cell does not apply. */
export type Row = Readonly<{
  measure: string;
  ours: string;
  peer: string;
  floor: string;
  /** Ours by the floor, or by whatever the target names. */
  ratio: string;
  target: string;
  /** null: there is no target. */
  met: boolean | null;
}>;

export type Outcome = Readonly<{
  rows: readonly Row[];
  /** What the reader has to know to judge the numbers: who the peer is, what was run. */
  notes: readonly string[];
  /** States that were never reached. One is enough for the scenario to fail, whatever the times are. */
  missed: readonly string[];
}>;

export interface Scenario {
  /** `B1` */
  readonly id: string;
  readonly title: string;
  run(options: BenchOptions): Promise<Outcome>;
}
