import type { KubeObject } from '../kube/kube.port';
import { Neighbours } from './neighbours';

const deployment = (image: string, replicas?: number): KubeObject => ({
  metadata: { name: 'reloader', namespace: 'ops', uid: 'u1', resourceVersion: '1' },
  spec: {
    ...(replicas !== undefined && { replicas }),
    template: {
      spec: {
        containers: [
          { name: 'side', image: 'nginx' },
          { name: 'main', image },
        ],
      },
    },
  },
});

describe('whoever restarts workloads beside us', () => {
  let told: string[];
  let neighbours: Neighbours;
  beforeEach(() => {
    told = [];
    neighbours = new Neighbours((key) => told.push(key));
  });

  it.each([
    'stakater/reloader:v1.4.21',
    'ghcr.io/stakater/reloader@sha256:0a',
    'registry.example/x/stakater/reloader-ubi:1',
  ])('is told once, by its Deployment (%s)', (image) => {
    neighbours.see('Deployment', deployment(image));
    neighbours.see('Deployment', deployment(image));
    expect(told).toEqual(['Deployment/ops/reloader']);
    expect(neighbours.warnings()).toEqual([
      { code: 'OtherReloader', detail: expect.stringContaining('Deployment/ops/reloader runs Stakater Reloader') },
    ]);
  });

  it.each(['example/reloader:1', 'stakater/reloader-docs:1', 'notstakater/reloader'])('is not %s', (image) => {
    neighbours.see('Deployment', deployment(image));
    expect(neighbours.warnings()).toEqual([]);
  });

  it('is no more when it is gone, scaled to zero, or runs something else', () => {
    const ends = [
      () => neighbours.gone('Deployment/ops/reloader'),
      () => neighbours.see('Deployment', deployment('stakater/reloader', 0)),
      () => neighbours.see('Deployment', deployment('nginx')),
    ];
    for (const end of ends) {
      neighbours.see('Deployment', deployment('stakater/reloader', 1));
      end();
      expect(neighbours.warnings()).toEqual([]);
    }
    expect(told).toHaveLength(3);
  });
});
