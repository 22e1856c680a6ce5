import { containersPatch, containersWith, withVariables } from './variables';

const podSpec = {
  volumes: [],
  containers: [
    {
      name: 'a',
      env: [
        { name: 'X', value: '1' },
        { name: 'OLD', value: 'o' },
        { name: 'Y', value: '2' },
      ],
      image: 'i',
    },
    { name: 'b' },
  ],
};
const set = (container: string, name: string, value: string | null) => ({ container, name, value });

describe('variables', () => {
  it('agent 97: are set, added at the end or removed; all else stays', () => {
    const changed = withVariables(podSpec, [
      set('a', 'OLD', 'n'),
      set('a', 'NEW', 'v'),
      set('a', 'X', null),
      set('b', 'Z', 'z'),
    ]);
    expect(changed).toEqual({
      volumes: [],
      containers: [
        {
          name: 'a',
          env: [
            { name: 'OLD', value: 'n' },
            { name: 'Y', value: '2' },
            { name: 'NEW', value: 'v' },
          ],
          image: 'i',
        },
        { name: 'b', env: [{ name: 'Z', value: 'z' }] },
      ],
    });
  });

  it('change nothing when there are none', () => {
    expect(withVariables(podSpec, [])).toBe(podSpec);
    expect(withVariables({}, [set('a', 'X', 'v')])).toEqual({ containers: [] });
  });

  it('are one entry per container in a patch', () => {
    expect(containersPatch([set('a', 'X', '1'), set('b', 'Y', null), set('a', 'Z', '2')])).toEqual([
      {
        name: 'a',
        env: [
          { name: 'X', value: '1' },
          { name: 'Z', value: '2' },
        ],
      },
      { name: 'b', env: [{ $patch: 'delete', name: 'Y' }] },
    ]);
  });

  it('leave alone what is no container, and variables that have no name', () => {
    const odd = { containers: ['x', null, { name: 'a', env: ['y', null] }] };
    const write = [set('a', 'X', '1'), { ...set('a', 'Y', '2'), container: undefined as unknown as string }];
    expect(withVariables(odd, write)).toEqual({
      containers: ['x', null, { name: 'a', env: ['y', null, { name: 'X', value: '1' }] }],
    });
  });

  it('are written into the pod template of a workload, or nowhere when it has none', () => {
    const workload = (spec: unknown) => ({ metadata: { name: 'w', uid: 'u', resourceVersion: '1' }, spec });
    const write = [set('b', 'Z', 'z')];
    expect(containersWith(workload({ template: { spec: podSpec } }), write)).toEqual([
      podSpec.containers[0],
      { name: 'b', env: [{ name: 'Z', value: 'z' }] },
    ]);
    for (const spec of [null, 'x', { template: 'x' }, { template: { spec: null } }])
      expect(containersWith(workload(spec), write)).toEqual([]);
  });
});
