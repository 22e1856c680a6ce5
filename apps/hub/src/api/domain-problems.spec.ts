import { StartRefused } from '../change/by-hand/start-refused';
import { ClusterUnknown, RegistryContended } from '../fleet/registry';
import { PolicyContended, PolicyReadOnly, PolicyUnknown } from '../policy/policy-errors';
import { RolloutUnknown, VerbRefused } from '../rollout/rollout-errors';
import { problemOfDomain } from './domain-problems';

const AGAIN = { status: 503, code: 'CONTENDED', more: { headers: { 'Retry-After': '1' } } };
const MISSING = { status: 404, code: 'NOT_FOUND' };
const fault = (pointer: string, code: string) => ({ pointer, code, detail: 'no' });

describe('errors of the hub as problems', () => {
  it.each<[string, Error, object]>([
    ['starts in a race', new StartRefused('Contended', 'again'), AGAIN],
    ['policies in a race', new PolicyContended('again'), AGAIN],
    ['clusters in a race', new RegistryContended('again'), AGAIN],
    ['a cluster that is not', new ClusterUnknown('c'), MISSING],
    ['a policy that is not', new PolicyUnknown('p'), MISSING],
    ['a rollout that is not', new RolloutUnknown('r'), MISSING],
    ['a policy of a file', new PolicyReadOnly('p'), { status: 409, code: 'POLICY_READ_ONLY' }],
    [
      'a verb at the wrong time',
      new VerbRefused('Paused', ['resume'], 'PhaseForbids', 'no'),
      {
        ...{ status: 409, code: 'PHASE' },
        more: { allowed: ['resume'], phase: 'Paused', errors: [fault('', 'PhaseForbids')] },
      },
    ],
    [
      'a start without its plan',
      new StartRefused('PlanHashRequired', 'no'),
      { status: 409, code: 'NOT_STARTED', more: { errors: [fault('/planHash', 'PlanHashRequired')] } },
    ],
  ])('%s', (_, error, problem) => {
    expect(problemOfDomain(error)).toMatchObject(problem);
  });

  it('none of those that nobody expected', () => {
    expect(problemOfDomain(new Error('x'))).toBeUndefined();
  });
});
