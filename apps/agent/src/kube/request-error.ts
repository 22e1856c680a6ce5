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
}
