import type { CliIo } from './context';
import { Exit, type ExitCode } from './exit-codes';
import { TimeoutFailure } from './failure';
import { HubProblem } from './hub/hub-problem';
import { outcomeOf } from './outcome';
import { runProgram } from './program';

/** A world of which everything that is written can be read. */
function recorded(env: Readonly<Record<string, string>> = {}) {
  const seen = { stdout: '', stderr: '', code: undefined as ExitCode | undefined };
  const interrupt = new AbortController();
  const io: CliIo = {
    stdout: { write: (text) => (seen.stdout += text) },
    stderr: { write: (text) => (seen.stderr += text) },
    stdin: (async function* () {})(),
    isTerminal: false,
    columns: 100,
    rows: 40,
    now: () => 0,
    signal: interrupt.signal,
    env,
    finish: (code) => (seen.code = code),
  };
  return { io, seen, interrupt };
}

describe('a command line that can not be understood', () => {
  it.each([
    ['no command', []],
    ['an unknown command', ['frobnicate']],
    ['half a command', ['cluster']],
    ['an unknown option', ['cluster', 'list', '--frob']],
    ['an argument that is missing', ['cluster', 'get']],
    ['an argument too many', ['cluster', 'get', 'a', 'b']],
    ['an unknown output', ['cluster', 'list', '-o', 'xml']],
    ['a time that is none', ['cluster', 'list', '--timeout', 'soon']],
    ['a role that is none', ['token', 'create', 'x', '--role', 'king', '--hub', 'http://h']],
    ['an end that is none', ['token', 'create', 'x', '--role', 'viewer', '--expires-in', 'never', '--hub', 'http://h']],
    ['a lifetime that is none', ['cluster', 'add', 'x', '--ttl', 'never', '--hub', 'http://h']],
    ['a state that is none', ['workload', 'list', '--state', 'Fine', '--hub', 'http://h']],
    ['a kind that is none', ['workload', 'list', '--kind', 'pod', '--hub', 'http://h']],
    ['two lines as a token', ['cluster', 'list', '--token', 'a\nb', '--hub', 'http://h']],
    ['labels that are none', ['cluster', 'add', 'x', '--labels', 'env']],
    ['no file', ['policy', 'lint']],
    ['a file that is not there', ['apply', '-f', '/nonexistent.yaml']],
    ['a context that is not there', ['cluster', 'list', '--context', 'nowhere']],
    ['a number that is none', ['audit', '--limit', '0']],
    ['a name that is none', ['policy', 'init', 'No Name']],
    ['no hub', ['cluster', 'list']],
    ['no hub to log in to', ['login']],
    ['nothing to start', ['rollout', 'start', '--reason', 'x']],
    [
      'a source beside a workload',
      ['rollout', 'start', 'secret/a/b', 'deploy/a/b', '--reason', 'x', '--hub', 'http://h'],
    ],
    [
      'a plan of workloads',
      ['rollout', 'start', 'deploy/a/b', '--plan-hash', 'x', '--reason', 'x', '--hub', 'http://h'],
    ],
    ['a draft by force', ['rollout', 'start', 'r-1', '--force', '--reason', 'x', '--hub', 'http://h']],
  ])('%s exits with 2, and says so on stderr alone', async (_, args) => {
    const { io, seen } = recorded();
    await runProgram(args, io);
    expect(seen).toMatchObject({ code: Exit.usage, stdout: '' });
    expect(seen.stderr).not.toBe('');
  });
});

describe('a command line', () => {
  it('may ask for help, which is an answer', async () => {
    const { io, seen } = recorded();
    await runProgram(['cluster', '--help'], io);
    expect(seen).toMatchObject({ code: Exit.ok, stderr: '' });
    expect(seen.stdout).toContain('undrain');
  });

  it('that is wrong is told where the command that was meant is explained', async () => {
    const { io, seen } = recorded();
    await runProgram(['rollout', 'skip', 'r-1'], io);
    expect(seen.stderr).toContain('"reloadctl rollout skip --help" says what there is');
  });

  it('may ask for the help of one command, which has the flags of all', async () => {
    const { io, seen } = recorded();
    await runProgram(['rollout', 'list', '--help'], io);
    expect(seen).toMatchObject({ code: Exit.ok, stderr: '' });
    expect(seen.stdout).toMatch(/--phase <phase>(.|\n)*Global Options:(.|\n)*--output <format>/);
  });

  it('has its exit codes in its help, at most 80 columns wide where a terminal is', async () => {
    const { io, seen } = recorded();
    await runProgram(['--help'], { ...io, columns: 80 });
    expect(seen.stdout).toContain('6  a rollout waits for a person');
    expect(seen.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('may ask for its version as other programs do', async () => {
    const { io, seen } = recorded();
    await runProgram(['--version'], io);
    expect(seen).toMatchObject({ code: Exit.ok, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  });

  it('may have the flags for all commands at its end', async () => {
    const { io, seen } = recorded();
    await runProgram(['version', '-o', 'json'], io);
    expect(seen.code).toBe(Exit.ok);
    expect(JSON.parse(seen.stdout)).toMatchObject({ items: [{ part: 'reloadctl' }] });
  });
});

describe('completion', () => {
  const said = async (...args: string[]): Promise<string> => {
    const { io, seen } = recorded();
    await runProgram(args, io);
    return `${seen.code}: ${seen.stdout}`;
  };

  it.each(['bash', 'zsh', 'fish'])('has a script for %s, which asks this program', async (shell) => {
    expect(await said('completion', shell)).toMatch(/^0: #(.|\n)*reloadctl __complete -- /);
  });

  it('knows the commands, their flags and what these may be', async () => {
    expect(await said('completion', 'tcsh')).toBe('2: ');
    expect(await said('__complete', '--', 'cluster', 'un')).toBe('0: undrain\n');
    expect(await said('__complete', '--', 'cluster', 'list', '--sel')).toBe('0: --selector\n');
    expect(await said('__complete', '--', '--output', 'j')).toBe('0: json\n');
  });
});

describe('what went wrong', () => {
  const failing = async (error: Error): Promise<{ code: ExitCode; stderr: string }> => {
    const { io, seen } = recorded();
    const code = await outcomeOf(io, () => Promise.reject(error));
    return { code, stderr: seen.stderr };
  };

  it.each([
    [new HubProblem(401, {}), Exit.denied],
    [new HubProblem(403, {}), Exit.denied],
    [new HubProblem(404, {}), Exit.error],
    [new TimeoutFailure('too long'), Exit.timeout],
    [new Error('bug'), Exit.error],
  ])('%s has its own code', async (error, code) => {
    expect((await failing(error)).code).toBe(code);
  });

  it('is told with the place of every fault', async () => {
    const errors = [{ pointer: '/labels', detail: 'must be text' }];
    const { stderr } = await failing(new HubProblem(400, { detail: 'The request has faults.', errors }));
    expect(stderr).toBe('error: The request has faults.\n  /labels: must be text\n');
  });

  it('is told once where the sentence has the place of its only fault', async () => {
    const detail = 'The request has a fault at /ttl: must be a duration';
    const errors = [{ pointer: '/ttl', detail: 'must be a duration' }];
    expect((await failing(new HubProblem(400, { detail, errors }))).stderr).toBe(`error: ${detail}\n`);
  });

  it.each([
    ['rollout r-1 does not exist', '"reloadctl rollout list" shows what there is; a token'],
    ['cluster Not A Name does not exist', '"reloadctl cluster list" shows what there is; a token'],
    ['policy p does not exist', '"reloadctl policy list" shows what there is.'],
    ['enrolment token e-1 does not exist', '"reloadctl cluster token list" shows what there is'],
    ['There is nothing at this path.', 'Is this the address of the hub'],
  ])('%s: says where to look', async (detail, remedy) => {
    expect((await failing(new HubProblem(404, { detail }))).stderr).toContain(remedy);
  });

  it('is told with what the phase allows', async () => {
    const { stderr } = await failing(
      new HubProblem(409, { detail: 'no', phase: 'Halted', allowed: ['retry', 'skip'] }),
    );
    expect(stderr).toContain('it is Halted; it allows now: retry, skip');
  });

  it('can not write to the terminal what the hub did not mean', async () => {
    expect((await failing(new HubProblem(400, { detail: 'a\u001b[2Jb\nc' }))).stderr).toBe('error: a [2Jb c\n');
  });

  it('is nobody’s fault after Ctrl-C', async () => {
    const { io, seen, interrupt } = recorded();
    interrupt.abort();
    expect(await outcomeOf(io, () => Promise.reject(new Error('aborted')))).toBe(Exit.interrupted);
    expect(seen.stderr).toBe('');
  });
});
