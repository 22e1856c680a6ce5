/** A stable code with which something waits, is left out, fails or is refused. The sentence beside it is for people and may change. */
export type Reason = Readonly<{
  /** What it means. */
  means: string;
  /** What a person can do; empty: nothing has to be done. */
  remedy: string;
}>;
export type Reasons = Readonly<Record<string, Reason>>;

/** Short form for tables. */
export const reason = (means: string, remedy = ''): Reason => ({ means, remedy });
