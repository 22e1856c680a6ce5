import { describeFailure, type KubeFailure } from './core/answers';

/** The API server could not be asked, or said no. The message never holds what was sent. */
export class KubeRequestError extends Error {
  constructor(
    what: string,
    readonly failure: KubeFailure,
  ) {
    super(`${what}: ${describeFailure(failure)}`);
    this.name = 'KubeRequestError';
  }

  /** The HTTP code, when there was an answer. */
  get code(): number | null {
    return this.failure.kind === 'refused' ? this.failure.code : null;
  }
}
