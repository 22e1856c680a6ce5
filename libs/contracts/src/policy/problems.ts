/** What is wrong at one place of a policy document; `pointer` is a JSON pointer into it. */
export type PolicyProblem = Readonly<{
  pointer: string;
  code: string;
  detail: string;
  /** What may stand there instead, in words. */
  expected?: string;
  /** Where it is in the text that the document was read from, from 1. */
  line?: number;
  column?: number;
}>;
/** What is allowed but deserves a second look. */
export type PolicyWarning = Readonly<{ code: string; detail: string }>;
