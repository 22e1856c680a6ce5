import { clusterLabels, clusterName, dnsLabel, type Labels } from '@app/contracts/objects';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { loadAccess, type ClusterAccess, type KubeSource } from '../kube/kubeconfig';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads single variables and remembers each problem under the variable's name, so that all are told at once. */
export class EnvironmentReader {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  constructor(private readonly env: Environment) {}

  /** undefined when unset or empty: charts set empty strings for what is not chosen. */
  text(name: string): string | undefined {
    const value = this.env[name]?.trim();
    return value === '' ? undefined : value;
  }

  problem(name: string, message: string): undefined {
    this.problems.push(`${name}: ${message}`);
    return undefined;
  }

  /** Of a setting that has no effect as it is. */
  warn(name: string, message: string): void {
    this.warnings.push(`${name}: ${message}`);
  }

  /** The value of NAME, or the content of the file that NAME_FILE names. */
  secret(name: string): string | undefined {
    const direct = this.text(name);
    const path = this.text(`${name}_FILE`);
    if (direct !== undefined && path !== undefined)
      return this.problem(name, `is set, and ${name}_FILE too: set one of them`);
    if (path === undefined) return direct;
    const content = this.file(`${name}_FILE`);
    return content === undefined || content.trim() !== ''
      ? content?.trim()
      : this.problem(`${name}_FILE`, `${path} is empty`);
  }

  /** The content of the file that NAME names. */
  file(name: string): string | undefined {
    const path = this.text(name);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return this.problem(name, `${path} can not be read`);
    }
  }

  port(name: string, fallback: number): number {
    const text = this.text(name) ?? String(fallback);
    const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
    if (port <= 65_535) return port;
    this.problem(name, `"${text}" is no port: 0 to 65535`);
    return fallback;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const text = this.text(name) ?? fallback;
    const found = allowed.find((value) => value === text);
    if (found === undefined) this.problem(name, `"${text}" is none of ${allowed.join(', ')}`);
    return found ?? fallback;
  }

  url(name: string): URL | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const url = URL.parse(text);
    if (!url || !['http:', 'https:'].includes(url.protocol)) return this.problem(name, 'is no http(s):// URL');
    return url.username || url.password ? this.problem(name, 'must not hold a user name or password') : url;
  }

  namespace(name: string, fallback: string): string {
    const text = this.text(name) ?? fallback;
    if (dnsLabel.safeParse(text).success) return text;
    this.problem(name, `"${text}" is no namespace name`);
    return fallback;
  }
}

export function readClusterName(read: EnvironmentReader): string | null {
  const name = read.text('CLUSTER_NAME');
  if (name === undefined) return null;
  const parsed = clusterName.safeParse(name);
  if (!parsed.success)
    read.problem('CLUSTER_NAME', `"${name}" ${parsed.error.issues[0]?.message ?? 'is no cluster name'}`);
  return parsed.data ?? null;
}

/** `env=prod,region=eu` */
export function readClusterLabels(read: EnvironmentReader): Labels {
  const found: Record<string, string> = {};
  for (const pair of (read.text('CLUSTER_LABELS') ?? '').split(',')) {
    if (pair.trim() === '') continue;
    const [key = '', value, ...more] = pair.split('=').map((part) => part.trim());
    if (key === '' || value === undefined || more.length > 0)
      read.problem('CLUSTER_LABELS', `"${pair.trim()}" is not of the form key=value`);
    else if (key in found) read.problem('CLUSTER_LABELS', `"${key}" is given twice`);
    else found[key] = value;
  }
  const parsed = clusterLabels.safeParse(found);
  if (!parsed.success)
    read.problem(
      'CLUSTER_LABELS',
      parsed.error.issues.map((issue) => `"${issue.path.join('.')}" ${issue.message}`).join('; '),
    );
  return found;
}

const KEY_BYTES = 32;

/** 32 bytes in hex or base64; the value itself is never repeated in a problem. */
export function readFingerprintKey(read: EnvironmentReader): Buffer | null {
  const text = read.secret('FINGERPRINT_KEY');
  if (text === undefined) return null;
  const key = decodeFingerprintKey(text);
  if (key === null)
    read.problem('FINGERPRINT_KEY', `must be ${KEY_BYTES} bytes in hex (64 digits) or base64 (44 characters)`);
  return key;
}

export function decodeFingerprintKey(text: string): Buffer | null {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null;
  const key = Buffer.from(text, 'base64');
  return key.length === KEY_BYTES ? key : null;
}

/** How to reach the API server, with its files read; null when there is a problem. */
export function readAccess(read: EnvironmentReader): ClusterAccess | null {
  const source = chooseSource(read);
  try {
    if (source !== null) return loadAccess(source);
    read.problem('KUBECONFIG', 'is not set, and the agent does not run in a cluster');
  } catch (error) {
    read.problem('KUBECONFIG', error instanceof Error ? error.message : 'can not be read');
  }
  return null;
}

/** Explicit kubeconfig files; else the pod's service account; else the user's own kubeconfig. */
function chooseSource(read: EnvironmentReader): KubeSource | null {
  const context = read.text('KUBE_CONTEXT') ?? null;
  const paths = read.text('KUBECONFIG')?.split(delimiter).filter(Boolean);
  if (paths) return { kind: 'files', paths, context };
  const host = read.text('KUBERNETES_SERVICE_HOST');
  if (host) return { kind: 'in-cluster', host, port: read.text('KUBERNETES_SERVICE_PORT') ?? '443' };
  const home = read.text('HOME');
  const own = home === undefined ? null : join(home, '.kube', 'config');
  return own !== null && existsSync(own) ? { kind: 'files', paths: [own], context } : null;
}
