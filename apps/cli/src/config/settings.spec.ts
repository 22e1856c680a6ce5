import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageFailure } from '../failure';
import { contextFilePath, readContexts, writeContexts } from './context-file';
import { hubAddress, hubSettings, timeoutOf } from './settings';

describe('settings', () => {
  let directory: string;
  let env: Readonly<Record<string, string>>;
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'reloadctl-settings-'));
    env = { XDG_CONFIG_HOME: directory };
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const store = (): void =>
    writeContexts(contextFilePath(env) ?? '', {
      current: 'a',
      contexts: { a: { hub: 'https://a.example', token: 'ta' }, b: { hub: 'https://b.example/', token: 'tb' } },
    });

  it('come from the current context, which flags and the environment win over', () => {
    store();
    expect(hubSettings({}, env)).toEqual({ url: 'https://a.example', token: 'ta', ca: null });
    expect(hubSettings({ context: 'b' }, env)).toMatchObject({ url: 'https://b.example', token: 'tb' });
    expect(hubSettings({}, { ...env, RELOADCTL_CONTEXT: 'b' })).toMatchObject({ token: 'tb' });
    expect(hubSettings({}, { ...env, RELOADCTL_TOKEN: 'te' })).toMatchObject({ url: 'https://a.example', token: 'te' });
    expect(hubSettings({ token: 'tf' }, { ...env, RELOADCTL_TOKEN: 'te' })).toMatchObject({ token: 'tf' });
    expect(hubSettings({ hub: 'http://f' }, { RELOADCTL_HUB: 'http://e' })).toMatchObject({ url: 'http://f' });
  });

  it('never give the token of a context to another hub', () => {
    store();
    expect(hubSettings({ hub: 'https://c.example' }, env)).toMatchObject({ token: null });
    expect(hubSettings({}, { ...env, RELOADCTL_HUB: 'http://a.example' })).toMatchObject({ token: null });
    expect(hubSettings({ hub: 'https://a.example/' }, env)).toMatchObject({ token: 'ta' });
  });

  it('read tokens and authorities from files', () => {
    const flags = { hub: 'http://h', tokenFile: file('token', 'secret\n'), caFile: file('ca.pem', 'PEM') };
    expect(hubSettings(flags, {})).toEqual({ url: 'http://h', token: 'secret', ca: 'PEM' });
    expect(hubSettings({ hub: 'http://h' }, { RELOADCTL_TOKEN_FILE: flags.tokenFile })).toMatchObject({
      token: 'secret',
    });
  });

  it.each([
    ['no hub', {}],
    ['an address that is none', { hub: 'reload.example' }],
    ['another protocol', { hub: 'ftp://reload.example' }],
    ['two tokens', { hub: 'http://h', token: 'a', tokenFile: '/b' }],
    ['a token file that is not there', { hub: 'http://h', tokenFile: '/nonexistent' }],
    ['a context that is not there', { context: 'zzz' }],
  ])('%s is a fault of usage', (_, flags) => {
    expect(() => hubSettings(flags, env)).toThrow(UsageFailure);
  });

  it.each(['current: [', 'contexts: 7', 'contexts: {a: {hub: x, tokn: y}}'])('a file with %j is one too', (text) => {
    expect(() => readContexts(file('config.yaml', text))).toThrow(UsageFailure);
  });

  it('are written for their owner alone, also over a file that others could read', () => {
    store();
    const path = contextFilePath(env) ?? '';
    chmodSync(path, 0o644);
    store();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readContexts(path).current).toBe('a');
  });

  it('know where the file is', () => {
    expect(contextFilePath({ HOME: '/home/me' })).toBe('/home/me/.config/reloadctl/config.yaml');
    expect(contextFilePath({ XDG_CONFIG_HOME: '', HOME: '/home/me' })).toBe('/home/me/.config/reloadctl/config.yaml');
    expect(contextFilePath({})).toBeUndefined();
    expect(contextFilePath({ XDG_CONFIG_HOME: '', HOME: '' })).toBeUndefined();
    const inFile = join(file('no-directory', ''), 'config.yaml');
    expect(() => writeContexts(inFile, { contexts: {} })).toThrow(UsageFailure);
    expect(readContexts(undefined)).toEqual({ contexts: {} });
  });

  it('understand addresses and times', () => {
    expect(hubAddress('https://h.example:8443/reload/?x#y')).toBe('https://h.example:8443/reload');
    expect(hubAddress('https://h.example/reload/api/v1/')).toBe('https://h.example/reload');
    expect(hubAddress('https://h.example//')).toBe('https://h.example');
    expect(timeoutOf({ timeout: '1m30s' })).toBe(90_000);
    expect(() => timeoutOf({ timeout: '0s' })).toThrow(UsageFailure);
  });
});
