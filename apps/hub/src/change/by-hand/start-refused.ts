/** Nothing was started; `reason` is a stable code. */
export class StartRefused extends Error {
  constructor(
    readonly reason:
      | 'WorkloadsUnknown'
      | 'NotOptedIn'
      | 'AlreadyCurrent'
      | 'NothingPending'
      | 'NoTargets'
      | 'PlanHashRequired'
      | 'PolicyUnknown'
      | 'PolicyAmbiguous'
      | 'Contended',
    message: string,
  ) {
    super(message);
  }
}
