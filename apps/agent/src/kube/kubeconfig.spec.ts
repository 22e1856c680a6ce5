import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentPass } from './credentials';
import { loadAccess, type ClusterAccess } from './kubeconfig';

let home: string;
const write = (name: string, content: string): string => {
  const path = join(home, name);
  writeFileSync(path, content);
  return path;
};
beforeAll(() => (home = mkdtempSync(join(tmpdir(), 'kubeconfig-'))));
afterAll(() => rmSync(home, { recursive: true }));

const load = (paths: readonly string[], context: string | null = null): ClusterAccess =>
  loadAccess({ kind: 'files', paths, context });
const document = (name: string, user: string, cluster = '{server: "https://one:6443/prefix"}'): string => `
clusters: [{name: ${name}, cluster: ${cluster}}]
users: [{name: ${name}, user: ${user}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}}}]
current-context: ${name}
`;

describe('a kubeconfig', () => {
  it('gives server, token and certificates, inline or beside the file', async () => {
    write('ca.pem', 'CA');
    write('token', 'renewed\n');
    const cluster = '{server: "https://one", certificate-authority: ca.pem, tls-server-name: two}';
    const data = Buffer.from('CERT').toString('base64');
    const access = load([write('a', document('one', `{tokenFile: token, client-certificate-data: ${data}}`, cluster))]);
    expect(access).toMatchObject({ server: 'https://one', servername: 'two', insecure: false, proxyUrl: null });
    expect(await currentPass(access)).toEqual({ authorization: 'Bearer renewed', ca: 'CA', cert: 'CERT', key: null });
    write('token', 'again');
    expect((await currentPass(access)).authorization).toBe('Bearer again');
  });

  it('is merged from several files, the first one winning, and the context can be chosen', () => {
    const paths = [
      write('one', document('one', '{token: a}')),
      write('two', document('two', '{token: b}', '{server: "http://two"}')),
    ];
    expect(load(paths).server).toBe('https://one:6443/prefix');
    expect(load(paths, 'two').server).toBe('http://two');
  });

  it('knows basic authentication and none', async () => {
    expect((await currentPass(load([write('basic', document('b', '{username: u, password: p}'))]))).authorization).toBe(
      'Basic dTpw',
    );
    expect((await currentPass(load([write('none', document('n', '{}'))]))).authorization).toBeNull();
  });

  it('asks a plugin for the token', async () => {
    const credential = JSON.stringify({
      kind: 'ExecCredential',
      apiVersion: 'client.authentication.k8s.io/v1',
      status: { token: 'from-plugin' },
    });
    const exec = `{exec: {apiVersion: client.authentication.k8s.io/v1, command: echo, args: ['${credential}'], interactiveMode: Never}}`;
    expect((await currentPass(load([write('exec', document('e', exec))]))).authorization).toBe('Bearer from-plugin');
  });

  it.each([
    ['no file', () => load([join(home, 'missing')]), /missing: can not be read/],
    ['no YAML', () => load([write('bad', '{')]), /bad: can not be read/],
    ['an unknown context', () => load([write('c', document('c', '{}'))], 'other'), /no context "other"/],
    ['a server that is no URL', () => load([write('u', document('u', '{}', '{server: nowhere}'))]), /cluster.server/],
    [
      'a context without its cluster',
      () => load([write('l', 'contexts: [{name: a, context: {cluster: b}}]\ncurrent-context: a')]),
      /no cluster "b"/,
    ],
  ])('says what is wrong: %s', (_, read, message) => {
    expect(read).toThrow(message);
  });

  it('is not needed in a pod', () => {
    const access = loadAccess({ kind: 'in-cluster', host: 'fd00::1', port: '443' });
    expect(access).toMatchObject({
      server: 'https://[fd00::1]:443',
      credentials: { kind: 'token', token: { kind: 'file' } },
    });
  });
});
