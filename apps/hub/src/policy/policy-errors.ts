import type { PolicyProblem } from '@app/contracts/policy/problems';
import { problemLine } from '@app/contracts/policy/yaml-text';

/** The document is no policy; every problem at once. */
export class PolicyInvalid extends Error {
  constructor(readonly problems: readonly PolicyProblem[]) {
    super(problems.map(problemLine).join('; '));
  }
}

export class PolicyUnknown extends Error {
  constructor(readonly policy: string) {
    super(`there is no policy ${policy}`);
  }
}

/** The stored version is not the one that the caller has seen. */
export class PolicyChanged extends Error {
  constructor(
    readonly policy: string,
    readonly stored: number | null,
  ) {
    super(stored === null ? `there is no stored policy ${policy}` : `policy ${policy} is stored in version ${stored}`);
  }
}

/** The policy comes from a file of the hub; it changes where the file comes from. */
export class PolicyReadOnly extends Error {
  constructor(readonly policy: string) {
    super(`policy ${policy} comes from a file (HUB_POLICY_DIR): change it there`);
  }
}

/** The built-in policy can be replaced, not removed. */
export class PolicyBuiltin extends Error {
  constructor(readonly policy: string) {
    super(`policy ${policy} is built in: replace it instead`);
  }
}

/** Others keep writing the same policy. Nothing was done. */
export class PolicyContended extends Error {}
