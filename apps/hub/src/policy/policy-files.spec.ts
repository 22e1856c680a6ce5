import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atRest, readPolicies } from './policy-files';

describe('a folder of policies', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'policies-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

  it('may be a ConfigMap that is mounted, and exchanged', async () => {
    const exchange = (version: string, text: string): void => {
      mkdirSync(join(folder, version));
      write(join(version, 'a.yaml'), text);
      symlinkSync(version, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    symlinkSync(join('..data', 'a.yaml'), join(folder, 'a.yaml'));
    exchange('..1', 'name: p\nrollout: all');
    const file = 'a.yaml';
    const first = { name: 'p', document: { name: 'p', rollout: 'all' }, file };
    expect(await readPolicies(folder)).toEqual({ found: [first], faults: [], isEmpty: false });
    exchange('..2', 'name: q\nrollout: all');
    expect(await readPolicies(folder)).toMatchObject({ found: [{ name: 'q', file }] });
    rmSync(join(folder, '..data'));
    expect(await readPolicies(folder)).toEqual({ found: [], faults: ['a.yaml: can not be read'], isEmpty: false });
  });

  it('is read by its YAML and JSON files, each with what is wrong with it', async () => {
    write('a.yml', 'name: p\nrollout: all\n---\nrollout: all');
    write('b.json', '{"metadata":{"name":"p"}}');
    write('c.yaml', 'name: [');
    write('.hidden.yaml', 'name: hidden');
    write('README.md', 'name: readme');
    const { found, faults } = await readPolicies(folder);
    expect(found.map(({ name, file }) => [name, file])).toEqual([['p', 'a.yml']]);
    expect(faults).toEqual([
      'a.yml: holds a document that names no policy',
      'b.json: names the policy p, as a.yml does',
      expect.stringMatching(/^c\.yaml: 1:/),
    ]);
  });

  it('may hold no file, or one that says nothing', async () => {
    expect(await readPolicies(folder)).toEqual({ found: [], faults: [], isEmpty: true });
    write('none.yaml', '# no policy');
    expect(await readPolicies(folder)).toEqual({ found: [], faults: [], isEmpty: false });
  });

  it('counts once it is the same twice in a row, and not while it changes', async () => {
    const reads = ['old', 'torn', 'new', 'new', 'later'];
    expect(await atRest(() => Promise.resolve(reads.shift()))).toBe('new');
    let turn = 0;
    await expect(atRest(() => Promise.resolve((turn += 1)))).rejects.toThrow('it changes while it is read');
  });
});
