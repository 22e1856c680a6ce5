import { callsBetween, describeCalls, parseApiCalls, sumOf } from './api-calls';

const line = (labels: string, count: number): string => `apiserver_request_total{${labels}} ${count}`;

const METRICS = [
  '# TYPE apiserver_request_total counter',
  line('code="200",component="apiserver",resource="deployments",scope="resource",subresource="",verb="PATCH"', 7),
  line('code="409",component="apiserver",resource="deployments",scope="resource",subresource="",verb="PATCH"', 1),
  line('code="200",component="apiserver",resource="deployments",scope="resource",subresource="status",verb="PATCH"', 4),
  line('code="200",component="apiserver",resource="configmaps",scope="namespace",subresource="",verb="WATCH"', 9),
  line('code="200",component="apiserver",resource="leases",scope="resource",subresource="",verb="PUT"', 30),
  'apiserver_request_terminations_total{code="200",resource="deployments",verb="PATCH"} 5',
].join('\n');

describe('the calls that an API server counted', () => {
  it('are added up by verb and resource, with subresources apart and without watches and housekeeping', () => {
    expect([...parseApiCalls(METRICS)]).toEqual([
      ['PATCH deployments', 8],
      ['PATCH deployments/status', 4],
    ]);
  });

  it('are what one client did when those of the others are known', () => {
    const before = new Map([['PATCH deployments', 8]]);
    const after = new Map([
      ['PATCH deployments', 18],
      ['PATCH configmaps', 11],
    ]);
    const calls = callsBetween(before, after, new Map([['PATCH configmaps', 10]]));
    expect(describeCalls(calls, 10)).toBe('1.00 PATCH deployments, 0.10 PATCH configmaps');
    expect(sumOf(calls)).toBe(11);
  });
});
