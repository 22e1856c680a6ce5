/** What is wrong at one place of a policy document; `pointer` is a JSON pointer into it. */
export type PolicyProblem = Readonly<{ pointer: string; code: string; detail: string }>;
/** What is allowed but deserves a second look. */
export type PolicyWarning = Readonly<{ code: string; detail: string }>;
