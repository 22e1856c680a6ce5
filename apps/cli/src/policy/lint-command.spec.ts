import { parse } from 'yaml';
import type { CliIo } from '../context';
import type { ExitCode } from '../exit-codes';
import { runProgram } from '../program';

const BAD = 'name: quick\nrollout: canary\nwaves: 1\n---\nname: good\nrollout: canary\n';

async function linted(text: string, ...args: string[]) {
  const seen = { stdout: '', stderr: '', code: undefined as ExitCode | undefined };
  const io: CliIo = {
    ...{ stdout: { write: (out) => (seen.stdout += out) }, stderr: { write: (err) => (seen.stderr += err) } },
    ...{
      stdin: (async function* () {
        yield text;
      })(),
      isTerminal: false,
      columns: 100,
      rows: 40,
      now: () => 0,
    },
    ...{ signal: new AbortController().signal, env: {}, finish: (code) => (seen.code = code) },
  };
  await runProgram(['policy', 'lint', '-', ...args], io);
  return seen;
}

describe('policy lint', () => {
  it('tells people every fault with its line, on stderr', async () => {
    expect(await linted(BAD)).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringMatching(/^\(stdin\):3:1: \/waves: .*\nerror: 1 fault\(s\)\n$/) as string,
    });
    expect(await linted('name: good\nrollout: canary\n')).toEqual({
      ...{ code: 0, stdout: '', stderr: 'policies without a fault: 1\n' },
    });
  });

  const ITEMS = [
    {
      ...{ policy: 'quick', place: '(stdin):1:1', ok: false, warnings: [] },
      faults: [{ place: '(stdin):3:1', detail: expect.stringContaining('/waves: ') as string }],
    },
    { policy: 'good', place: '(stdin):5:1', ok: true, faults: [], warnings: [] },
  ];

  it.each([
    ['json', (text: string): unknown => JSON.parse(text)],
    ['yaml', (text: string): unknown => parse(text)],
  ])('tells programs the same as %s, on stdout', async (format, read) => {
    const { code, stdout, stderr } = await linted(BAD, '-o', format);
    expect([code, stderr, read(stdout)]).toEqual([1, 'error: 1 fault(s)\n', { items: ITEMS }]);
  });

  it('has what can not be read among it', async () => {
    const { code, stdout } = await linted('a: [\n', '-o', 'json');
    expect([code, JSON.parse(stdout)]).toMatchObject([1, { items: [{ policy: null, ok: false, faults: [{}] }] }]);
  });

  it('names the policies of files without a fault', async () => {
    expect(await linted('name: good\nrollout: canary\n', '-o', 'name')).toEqual({
      code: 0,
      stdout: 'good\n',
      stderr: '',
    });
  });

  it('finds no files without a policy faultless', async () => {
    expect(await linted('# none\n')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no policy') as string,
    });
  });
});
