import { claimsOf } from './adoption';
import type { Reckoning } from './reckon';
import type { Traces } from './traces';

const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];
const marker = { kind: 'Secret', name: 'db', hash: ONE } as const;
const variable = (value: string) => ({ container: 'main', value });

/** What Reloader claims of a workload that carries these traces and reacts to these sources. */
function claimed(traces: Partial<Traces>, keys: readonly string[], stamp: string | null = null): readonly string[] {
  const ref = { kind: 'Deployment', namespace: 'shop', name: 'web' };
  const look = {
    record: { ref, stamp, traces: { variables: {}, marker: null, ...traces } },
    reckoning: {} as Reckoning,
    members: keys.map((key) => ({ key })),
  };
  const claims = claimsOf(look as never);
  return claims.map(({ source, sha1 }) => `${source.kind}/${source.name} ${sha1}`);
}

describe('what Reloader left in a workload', () => {
  it('speaks of the source that it names, and of no other', () => {
    const keys = ['Secret/db', 'Secret/other', 'ConfigMap/db'];
    expect(claimed({ marker }, keys)).toEqual([`Secret/db ${ONE}`]);
    const variables = { STAKATER_OTHER_SECRET: variable(TWO) };
    expect(claimed({ marker, variables }, keys)).toEqual([`Secret/db ${ONE}`, `Secret/other ${TWO}`]);
  });

  it('speaks of a source of which only some keys count', () => {
    expect(claimed({ marker }, ['Secret/db?a,b'])).toEqual([`Secret/db ${ONE}`]);
  });

  it('says nothing of a SecretProviderClass: what that holds stands in no object that is read', () => {
    const variables = { STAKATER_VAULT_SECRETPROVIDERCLASS: variable(TWO) };
    expect(claimed({ variables }, ['SecretProviderClass/vault'])).toEqual([]);
  });

  it('says nothing once a restart of ours stands above it', () => {
    expect(claimed({ marker }, ['Secret/db'], 'kaaaaaa:x')).toEqual([]);
  });
});
