import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setting } from '@test/environment';
import { ManagedProcess } from '@test/processes/managed-process';
import { builtProgram } from '@test/processes/program';
import { runCommand } from '@test/processes/run-command';
import { waitFor } from '@test/wait';

jest.setTimeout(60_000);

type Seen = Readonly<{ pid: number; parent: number; command: string }>;

/** The demo as a process whose temporary files are in a directory of its own. */
class Demo {
  readonly files = mkdtempSync(join(tmpdir(), 'demo-spec-'));
  readonly process = ManagedProcess.start({
    name: 'demo',
    command: process.execPath,
    args: [join(dirname(builtProgram('hub')), '..', 'demo', 'main.js')],
    env: { PATH: setting('PATH') ?? '', TMPDIR: this.files },
  });

  untilItSays(text: string | RegExp): Promise<unknown> {
    return waitFor(String(text), () => this.stillRuns() && this.process.logs().search(text) >= 0, {
      describe: () => this.process.tail(),
    });
  }

  /** Until a part has made its directory. */
  untilStarts(part: string): Promise<unknown> {
    return waitFor(part, () => this.stillRuns() && readdirSync(this.files).some((name) => name.includes(part)), {
      intervalMs: 5,
    });
  }

  /** Everything that it has started, directly and through others. */
  async descendants(): Promise<Seen[]> {
    const all = (await runCommand('ps', ['-e', '-o', 'pid=,ppid=,args='])).split('\n').map(seen);
    const found = [this.process.pid];
    for (const pid of found) found.push(...all.filter(({ parent }) => parent === pid).map((child) => child.pid));
    return all.filter(({ pid }) => pid !== this.process.pid && found.includes(pid));
  }

  private stillRuns(): true {
    if (!this.process.running) throw new Error(`the demo ended: ${this.process.tail()}`);
    return true;
  }
}

const seen = (line: string): Seen => {
  const [pid = '', parent = '', ...command] = line.trim().split(/\s+/);
  return { pid: Number(pid), parent: Number(parent), command: command.join(' ') };
};

const lives = async ({ pid, command }: Seen): Promise<boolean> =>
  (await runCommand('ps', ['-e', '-o', 'pid=,ppid=,args='])).split('\n').some((line) => {
    const other = seen(line);
    return other.pid === pid && other.command === command;
  });

describe('the demo', () => {
  let demo: Demo;
  beforeEach(() => {
    demo = new Demo();
  });
  afterEach(async () => {
    await demo.process.kill();
    rmSync(demo.files, { recursive: true, force: true });
  });

  /** Ends it and looks for what it started. */
  async function endsClean(signal: 'SIGINT' | 'SIGTERM', atLeast: number): Promise<void> {
    // A part makes its directory a moment before its process.
    const children = await waitFor(`${atLeast} processes of the demo`, async () => {
      const found = await demo.descendants();
      return found.length >= atLeast && found;
    });
    process.kill(demo.process.pid, signal);
    expect(await demo.process.exited).toEqual({ code: 0, signal: null });
    expect(readdirSync(demo.files)).toEqual([]);
    for (const child of children) await waitFor(`the end of ${child.command}`, async () => !(await lives(child)));
  }

  it('rotates a Secret by itself, shows the waves in order, and leaves nothing when Ctrl-C comes', async () => {
    await demo.untilItSays(/^token /m);
    const [url = ''] = /http:\S+/.exec(demo.process.logs()) ?? [];
    expect((await fetch(`${url}/api/v1/version`)).status).toBe(200);
    await demo.untilItSays('cluster dev-1: Succeeded');
    expect(demo.process.logs()).not.toContain('cluster prod-eu-1: Dispatched');
    await endsClean('SIGINT', 7);
    await expect(fetch(url)).rejects.toThrow();
  });

  it.each([
    ['Redis', 'fleet-reloader-redis-', 'SIGINT'],
    ['the hub', 'fleet-reloader-hub-', 'SIGTERM'],
    ['an agent', 'fleet-reloader-agent-', 'SIGINT'],
  ] as const)('leaves nothing when it is ended while %s starts', async (_what, part, signal) => {
    await demo.untilStarts(part);
    await endsClean(signal, 1);
  });
});
