import { clusterRecord } from './cluster-record';
import { presence } from './presence';
import { factFrom } from './stored-fact';

const HERE = {
  ...{ connection: 'online', session: 's-1', sessionEpoch: 3, replica: 'hub-0' },
  ...{ since: 1, lastSeen: 2 },
};

describe('what the store holds', () => {
  it.each(['online', 'offline'])('is a presence while it is %s', (connection) => {
    expect(factFrom(presence, JSON.stringify({ ...HERE, connection }))).toEqual({ ...HERE, connection });
  });

  it.each(['Approved', 'Pending', 'Revoked'])('is a cluster while it is %s', (state) => {
    const record = {
      ...{ name: 'c1', labels: {}, uid: 'u', publicKey: 'k'.repeat(43), state, credVersion: 1, drained: false },
      ...{ agentVersion: '1', kubernetesVersion: '1', createdAt: 1, candidate: null },
    };
    expect(factFrom(clusterRecord, JSON.stringify(record))).toEqual(record);
  });

  it.each([
    ['nothing', null],
    ['an empty text', ''],
    ['what another hub wrote', JSON.stringify({ ...HERE, connection: 'somewhere' })],
  ])('is absent when it is %s', (_what, text) => {
    expect(factFrom(presence, text)).toBeUndefined();
  });
});
