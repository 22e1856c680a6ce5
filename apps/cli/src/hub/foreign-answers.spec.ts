import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HUB_URL_UNKNOWN } from '@app/contracts/api/enrolment-command';
import type { CliIo } from '../context';
import type { ExitCode } from '../exit-codes';
import { runProgram } from '../program';

type Answer = (response: ServerResponse) => void;
const answer =
  (status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(text);
const COMMAND = `helm install reload --set 'hub.url=${HUB_URL_UNKNOWN}' --set enrolment.token=t`;

const MADE = {
  ...{ id: '1-0', at: '2030-01-01T00:00:00Z', actor: 'admin', action: 'holds.create', subject: 'holds' },
  ...{ reason: 'INC-1', from: '127.0.0.1', detail: { outcome: 'done', id: 'h-1' } },
};

const ANSWERS: Readonly<Record<string, Answer>> = {
  html: answer(502, '<html><h1>502 Bad Gateway</h1></html>', { 'content-type': 'text/html' }),
  login: answer(302, '', { location: 'https://sso.example.com/in' }),
  busy: answer(429, ''),
  page: answer(200, '<html>Welcome</html>'),
  nothing: answer(200, ''),
  null: answer(200, 'null'),
  other: answer(200, '{"hello":1}'),
  audit: answer(200, JSON.stringify({ items: [MADE], nextCursor: null })),
  enrolment: answer(201, JSON.stringify({ id: 'e-1', token: 't', expiresAt: 'soon', command: COMMAND })),
};

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer(({ url: path = '' }, response) => {
    const [, which = ''] = path.split('/');
    (ANSWERS[which] ?? answer(404, 'not here'))(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

async function told(path: string, ...args: string[]) {
  const seen = { stdout: '', stderr: '', code: undefined as ExitCode | undefined };
  const io: CliIo = {
    ...{ stdout: { write: (text) => (seen.stdout += text) }, stderr: { write: (text) => (seen.stderr += text) } },
    ...{ stdin: (async function* () {})(), isTerminal: false, columns: 100, rows: 40, now: () => 0 },
    ...{ signal: new AbortController().signal, env: {}, finish: (code) => (seen.code = code) },
  };
  await runProgram(['--hub', `${url}/${path}`, '--token', 't', ...args], io);
  return seen;
}

describe('an answer that is none of a hub’s', () => {
  it.each([
    ['html', '/html answers 502, not as a hub does\n  Something in front of the hub answers'],
    ['login', '/login answers 302 and leads to https://sso.example.com/in, not as a hub does\n  Give the address'],
    ['busy', '/busy answers 429, not as a hub does\n  Ask again in a moment.'],
    ['page', '/page does not answer as a hub does\n  Is this the address of a hub?'],
    ['nothing', '/nothing does not answer as a hub does\n  Is this the address of a hub?'],
    ['null', '/null does not answer as a hub does\n  Is this the address of a hub?'],
    ['other', '/other does not answer as a hub does\n  Is this the address of a hub?'],
    ['missing', '/missing answers 404, not as a hub does\n  Is this the address of the hub'],
  ])('(%s) is told with the address and a remedy, and exits with 1', async (path, words) => {
    const { code, stdout, stderr } = await told(path, 'cluster', 'list');
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(`error: ${url}${words}`)]);
  });

  it('has the check at the hub fail, and not at its store', async () => {
    const { code, stdout } = await told('html', 'check');
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^CHECK .*\nhub +NOT OK +\S+ answers 502/)]);
  });

  it('keeps nobody from learning the version of reloadctl', async () => {
    const { code, stdout, stderr } = await told('html', 'version', '-o', 'name');
    expect([code, stdout, stderr]).toEqual([
      1,
      expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      expect.stringContaining('answers 502'),
    ]);
  });

  it('is not shown in the words of the program', async () => {
    const { code, stderr } = await told('other', 'rollout', 'get', 'r-1');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: what came as an answer .*\n {2}Is this a hub,/)]);
  });
});

describe('audit', () => {
  it('names what was made', async () => {
    expect((await told('audit', 'audit')).stdout).toContain('  holds.create  holds/h-1  INC-1');
  });
});

describe('cluster add', () => {
  it('fills in the address that it asks at, where the hub was told none', async () => {
    const { code, stdout, stderr } = await told('enrolment', 'cluster', 'add', 'dev-1');
    const filledIn = `${COMMAND.replace(HUB_URL_UNKNOWN, `${url}/enrolment`)}\n`;
    expect([code, stdout]).toEqual([0, filledIn]);
    expect((await told('enrolment', 'cluster', 'add', 'dev-1', '-o', 'name')).stdout).toBe('t\n');
    expect(stderr).toContain('warning: the address of the hub is local to its machine');
  });
});
