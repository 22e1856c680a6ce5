import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { environmentWith } from '../environment';
import { ManagedProcess } from '../processes/managed-process';
import { helmBinary } from './helm-binary';

/** A rendered object of Kubernetes. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export type Values = Readonly<Record<string, unknown>>;

export interface HelmOptions {
  /** Values files, lowest precedence first. */
  readonly files?: readonly string[];
  readonly values?: Values;
  readonly namespace?: string;
  /** Kinds that the cluster is said to have, `group/version/Kind`. */
  readonly apiVersions?: readonly string[];
  /** For commands that speak to a cluster. */
  readonly kubeconfigPath?: string;
}

/** The directory of a chart of this project. */
export function chartOf(name: 'agent' | 'hub'): string {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    const found = join(directory, 'deploy', name);
    if (existsSync(join(found, 'Chart.yaml'))) return found;
    if (directory === dirname(directory)) throw new Error(`deploy/${name}/Chart.yaml is missing`);
  }
}

/** Runs Helm with its own state kept out of the home directory; gives what it printed, or fails with that. */
export async function helm(args: readonly string[], options: HelmOptions = {}): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'fleet-reloader-helm-'));
  try {
    const env = environmentWith({
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_DATA_HOME: join(home, 'data'),
      KUBECONFIG: options.kubeconfigPath ?? join(home, 'none'),
    });
    const command = await helmBinary();
    const all = [...args, ...(await argumentsOf(options, home))];
    const child = ManagedProcess.start({ name: 'helm', command, args: all, env });
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`helm ${args[0] ?? ''} ended with ${code}: ${child.logs()}`);
    return child.logs();
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function argumentsOf(options: HelmOptions, home: string): Promise<string[]> {
  const files = [...(options.files ?? [])];
  if (options.values) {
    files.push(join(home, 'values.json'));
    await writeFile(join(home, 'values.json'), JSON.stringify(options.values));
  }
  return [
    ...files.flatMap((file) => ['--values', file]),
    ...(options.namespace === undefined ? [] : ['--namespace', options.namespace]),
    ...(options.apiVersions ?? []).flatMap((kind) => ['--api-versions', kind]),
  ];
}

/** What `helm template` makes of a chart, as objects. */
export async function template(chart: string, options: HelmOptions = {}, release = 'reload'): Promise<Rendered[]> {
  return objectsIn(await helm(['template', release, chart], options));
}

/** The objects of a stream of YAML documents. */
export function objectsIn(text: string): Rendered[] {
  return parseAllDocuments(text).flatMap((document) => {
    if ('errors' in document && document.errors.length > 0) throw new Error(`no YAML: ${document.errors[0]?.message}`);
    const value = document.toJS() as Rendered | null;
    return value === null ? [] : [value];
  });
}

/** The one object of this kind, or the one of this name as well. */
export function one(objects: readonly Rendered[], kind: string, name?: string): Rendered {
  const found = objects.filter((o) => o.kind === kind && (name === undefined || o.metadata.name === name));
  if (found[0] === undefined || found.length > 1)
    throw new Error(`${found.length} objects of kind ${kind} ${name ?? ''}`);
  return found[0];
}
