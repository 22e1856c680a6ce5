import type { Problem } from '@app/contracts/api/views';

type Fault = Readonly<{ pointer: string; code?: string | undefined; detail: string; expected?: string | undefined }>;

/** The hub refused (RFC 9457). `code` is stable: it is the end of the problem's `type`. */
export class HubProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly Fault[];
  /** Verbs that a rollout permits now; given with a 409. */
  readonly allowed: readonly string[] | undefined;
  /** Phase of the rollout; given with a 409. */
  readonly phase: string | undefined;
  readonly requestId: string | undefined;

  constructor(
    status: number,
    /** As the hub sent it. */
    readonly body: Partial<Problem>,
  ) {
    const detail = body.detail ?? body.title ?? `the hub answered ${status}`;
    super(detail);
    this.status = status;
    this.code = body.type?.split(':').at(-1) ?? '';
    this.detail = detail;
    this.errors = body.errors ?? [];
    this.allowed = body.allowed;
    this.phase = body.phase;
    this.requestId = body.requestId;
  }
}
