import type { ClusterRecord } from './cluster-record';
import { decideEnrolment, type EnrolmentFacts, type EnrolmentToken, enrolledState, nameToEnrol } from './enrolment';

const KEY = 'k'.repeat(43);
const OTHER_KEY = 'o'.repeat(43);

const token = (change: Partial<EnrolmentToken> = {}): EnrolmentToken => ({
  id: 'abc',
  hash: '',
  cluster: 'prod-1',
  labels: { env: 'prod' },
  createdAt: 0,
  expiresAt: 1_000,
  usedBy: null,
  ...change,
});
const request = (change: Partial<EnrolmentFacts['request']> = {}): EnrolmentFacts['request'] => ({
  clusterUid: 'uid-1',
  publicKey: KEY,
  agentVersion: '0.1.0',
  ...change,
});
const facts = (change: Partial<EnrolmentFacts> = {}): EnrolmentFacts => ({
  request: request(),
  token: token(),
  record: null,
  knownAs: null,
  at: 500,
  ...change,
});
const enrolled = (change: Partial<EnrolmentFacts> = {}): ClusterRecord => {
  const decision = decideEnrolment('prod-1', facts(change));
  if (decision.kind !== 'enrolled') throw new Error(`it was ${decision.kind}`);
  return decision.record;
};

describe('the name to enrol under', () => {
  it.each([
    ['prod-1', undefined, 'prod-1'],
    ['prod-1', 'prod-1', 'prod-1'],
    [null, 'prod-2', 'prod-2'],
  ])('token for %s, agent asks for %s: %s', (bound, asked, name) => {
    expect(nameToEnrol(token({ cluster: bound }), asked)).toBe(name);
  });

  it('is refused when the token is for another name, or nobody gives one', () => {
    expect(nameToEnrol(token(), 'prod-2')).toMatchObject({ status: 403, code: 'TokenBoundElsewhere' });
    expect(nameToEnrol(token({ cluster: null }), undefined)).toMatchObject({ status: 400, code: 'ClusterNameMissing' });
  });
});

describe('an enrolment', () => {
  it('needs nobody with a token for the name, and an approval without', () => {
    expect(enrolled().state).toBe('Approved');
    expect(enrolled({ token: token({ cluster: null }) }).state).toBe('Pending');
  });

  it('uses the token up, by name and key', () => {
    expect(decideEnrolment('prod-1', facts())).toMatchObject({
      token: { usedBy: { cluster: 'prod-1', publicKey: KEY, at: 500 } },
    });
  });

  it('is refused at the very instant the token expires', () => {
    expect(decideEnrolment('prod-1', facts({ at: 999 })).kind).toBe('enrolled');
    expect(decideEnrolment('prod-1', facts({ at: 1_000 }))).toMatchObject({ status: 401, code: 'TokenExpired' });
  });

  it('is repeated for the same agent, also after the token has expired, and for nobody else', () => {
    const record = enrolled();
    const used = token({ usedBy: { cluster: 'prod-1', publicKey: KEY, at: 500 } });
    expect(decideEnrolment('prod-1', facts({ token: used, record, at: 5_000 }))).toEqual({ kind: 'repeated', record });
    for (const change of [{ publicKey: OTHER_KEY }, { clusterUid: 'uid-2' }]) {
      expect(decideEnrolment('prod-1', facts({ token: used, record, request: request(change) }))).toMatchObject({
        code: 'TokenUsed',
      });
    }
  });

  it('is refused for another cluster under the name', () => {
    const refusal = decideEnrolment('prod-1', facts({ record: enrolled(), request: request({ clusterUid: 'uid-2' }) }));
    expect(refusal).toMatchObject({ status: 409, code: 'IdentityConflict' });
  });

  it('puts a new key of a known cluster aside until it is approved; the old key stays', () => {
    const before = enrolled();
    const after = enrolled({ record: before, request: request({ publicKey: OTHER_KEY }) });
    expect(after).toMatchObject({
      publicKey: KEY,
      state: 'Approved',
      credVersion: before.credVersion,
      candidate: { publicKey: OTHER_KEY },
    });
    expect([enrolledState(after, KEY), enrolledState(after, OTHER_KEY)]).toEqual(['Approved', 'Pending']);
  });

  it('of a known cluster with the key that it has is nothing new, but for the version of its agent', () => {
    const before = enrolled();
    const after = enrolled({ record: before, request: request({ agentVersion: '9.9.9' }) });
    expect(after).toEqual({ ...before, agentVersion: '9.9.9' });
  });

  it('does not lift a revocation by itself, not even for the same key', () => {
    const revoked: ClusterRecord = { ...enrolled(), state: 'Revoked' };
    expect(enrolled({ record: revoked })).toMatchObject({ state: 'Revoked', candidate: { publicKey: KEY } });
  });

  it('of a cluster that still waits takes the newest key, and waits on', () => {
    const waiting: ClusterRecord = { ...enrolled(), state: 'Pending' };
    const next = enrolled({
      record: waiting,
      token: token({ cluster: null }),
      request: request({ publicKey: OTHER_KEY }),
    });
    expect(next).toMatchObject({ state: 'Pending', publicKey: OTHER_KEY, candidate: null });
  });

  it('of a cluster that is known under another name waits for a person', () => {
    expect(enrolled({ knownAs: 'prod-0' }).state).toBe('Pending');
  });

  it('of a cluster that still waits is approved by a token for its name, for the key that it asked with', () => {
    const waiting: ClusterRecord = { ...enrolled(), state: 'Pending', credVersion: 4 };
    expect(enrolled({ record: waiting })).toMatchObject({ state: 'Approved', publicKey: KEY, credVersion: 5 });
    const other = request({ publicKey: OTHER_KEY });
    expect(enrolled({ record: waiting, request: other })).toMatchObject({ state: 'Pending', publicKey: OTHER_KEY });
    expect(enrolled({ record: waiting, token: token({ cluster: null }) })).toMatchObject({ state: 'Pending' });
  });

  it('of a cluster that is new drains nothing, and waits to hear of its Kubernetes', () => {
    expect(enrolled()).toMatchObject({
      drained: false,
      kubernetesVersion: '',
      credVersion: 1,
      labels: { env: 'prod' },
    });
  });

  it('tells its agent whether its own key is trusted', () => {
    const record = enrolled();
    expect(enrolledState(record, KEY)).toBe('Approved');
    expect(enrolledState({ ...record, state: 'Revoked' }, KEY)).toBe('Pending');
  });
});

describe('a refusal of an enrolment', () => {
  const takenBy = (bound: string | null) =>
    decideEnrolment(
      'prod-1',
      facts({ token: token({ cluster: bound }), record: enrolled(), request: request({ clusterUid: 'uid-2' }) }),
    );

  it('names the cluster whose identity was asked for only where the token is bound to it', () => {
    expect(takenBy('prod-1')).toMatchObject({ kind: 'refused', claims: 'prod-1' });
    expect(takenBy(null)).not.toHaveProperty('claims');
  });

  it('says what to do', () => {
    expect(nameToEnrol(token({ cluster: null }), undefined)).toMatchObject({
      ...{ kind: 'refused', detail: 'the token is bound to no cluster, so the agent has to give a name' },
    });
    expect(decideEnrolment('prod-1', facts({ at: 1_000 }))).toMatchObject({
      detail: 'the enrolment token has expired: create another',
    });
    const used = token({ usedBy: { cluster: 'prod-2', publicKey: KEY, at: 1 } });
    expect(decideEnrolment('prod-1', facts({ token: used }))).toMatchObject({
      detail: 'the enrolment token has been used: create another',
    });
  });
});
