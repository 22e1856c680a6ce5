import type { KubeAnswer, KubeCall, KubeClient } from './client';
import { isRecord, readList } from './core/json';
import { MANAGED_BY, STATE_PART_LABEL } from './core/own-objects';
import { namespacePath } from './core/paths';
import type { KubeObject } from './kube.port';
import type { KubeSecrets, KubeStore } from './store.port';
import { KubeRequestError } from './request-error';
import { refusedWith } from './core/answers';

const KUBE_SYSTEM = 'kube-system';
const PAGE = 100;

type Data = Readonly<Record<string, string>>;
type Bytes = Readonly<Record<string, Buffer>>;

/** The agent's own small objects, in its own namespace. */
export class ApiKubeStore implements KubeStore, KubeSecrets {
  private readonly configMaps: string;
  private readonly secrets: string;

  constructor(
    private readonly client: KubeClient,
    private readonly namespace: string,
  ) {
    this.configMaps = `${namespacePath(namespace)}/configmaps`;
    this.secrets = `${namespacePath(namespace)}/secrets`;
  }

  /**
   * Makes the namespace when it is missing. Not being allowed to look or to make it is no error by itself:
   * charts make it, and give no right to. The sentence says what was not allowed; null when all is well.
   */
  async ensureNamespace(): Promise<string | null> {
    const path = namespacePath(this.namespace);
    const found = await this.client.request({ verb: 'GET', path });
    if (found.ok) return null;
    if (refusedWith(found) !== 404) return tolerated(`GET ${path}`, found);
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace, labels: MANAGED_BY } };
    const made = await this.client.request({ verb: 'POST', path: '/api/v1/namespaces', body });
    return made.ok || refusedWith(made) === 409 ? null : tolerated(`POST /api/v1/namespaces (${this.namespace})`, made);
  }

  async readConfigMaps(part: string): Promise<ReadonlyMap<string, Data>> {
    const items = await this.itemsOf(this.configMaps, part);
    return new Map(items.map((item) => [item.metadata.name, textData(item['data'])]));
  }

  async readSecrets(part: string): Promise<ReadonlyMap<string, Bytes>> {
    const items = await this.itemsOf(this.secrets, part);
    return new Map(items.map((item) => [item.metadata.name, byteData(item)]));
  }

  async writeConfigMap(name: string, part: string, data: Data): Promise<void> {
    const metadata = this.metadata(name, part);
    await this.write(this.configMaps, name, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  }

  async writeSecret(name: string, part: string, data: Bytes): Promise<void> {
    const metadata = this.metadata(name, part);
    const body = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, data: base64(data) };
    await this.write(this.secrets, name, body);
  }

  async deleteSecret(name: string): Promise<void> {
    const call: KubeCall = { verb: 'DELETE', path: `${this.secrets}/${name}` };
    const answer = await this.client.request(call);
    if (!answer.ok && refusedWith(answer) !== 404) throw failureOf(call, answer);
  }

  async readSecret(name: string): Promise<Bytes | null> {
    const call: KubeCall = { verb: 'GET', path: `${this.secrets}/${name}` };
    const answer = await this.client.request(call);
    if (answer.ok) return byteData(answer.value);
    if (refusedWith(answer) === 404) return null;
    throw failureOf(call, answer);
  }

  async createSecret(name: string, data: Bytes): Promise<Bytes> {
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: this.metadata(name, 'secret'),
      data: base64(data),
    };
    const call: KubeCall = { verb: 'POST', path: this.secrets, body };
    const answer = await this.client.request(call);
    if (answer.ok) return byteData(answer.value);
    if (refusedWith(answer) !== 409) throw failureOf(call, answer);
    const existing = await this.readSecret(name);
    if (existing === null) throw new Error(`Secret ${this.namespace}/${name} appeared and vanished while it was made`);
    return existing;
  }

  async updateSecret(name: string, data: Bytes): Promise<void> {
    const path = `${this.secrets}/${name}`;
    await this.must({ verb: 'PATCH', path, contentType: 'application/merge-patch+json', body: { data: base64(data) } });
  }

  async cluster(): Promise<Readonly<{ uid: string; version: string }>> {
    const [namespace, version] = await Promise.all([
      this.must({ verb: 'GET', path: namespacePath(KUBE_SYSTEM) }),
      this.must({ verb: 'GET', path: '/version' }),
    ]);
    const metadata = isRecord(namespace) && isRecord(namespace['metadata']) ? namespace['metadata'] : {};
    const gitVersion = isRecord(version) ? version['gitVersion'] : undefined;
    if (typeof metadata['uid'] !== 'string') throw new Error(`namespace ${KUBE_SYSTEM} has no uid`);
    return { uid: metadata['uid'], version: typeof gitVersion === 'string' ? gitVersion : 'unknown' };
  }

  private async itemsOf(path: string, part: string): Promise<readonly KubeObject[]> {
    const found: KubeObject[] = [];
    let token: string | null = null;
    do {
      const query = {
        labelSelector: `${STATE_PART_LABEL}=${part}`,
        limit: PAGE,
        ...(token === null ? {} : { continue: token }),
      };
      const list = readList(await this.must({ verb: 'GET', path, query }));
      if (list === null) throw new Error(`${path}: the answer is no list`);
      found.push(...list.items);
      token = list.next;
    } while (token !== null);
    return found;
  }

  /** Without a resourceVersion on purpose: the agent is the only writer, and what it writes is the whole. */
  private async write(path: string, name: string, body: unknown): Promise<void> {
    const put: KubeCall = { verb: 'PUT', path: `${path}/${name}`, body };
    const replaced = await this.client.request(put);
    if (replaced.ok) return;
    if (refusedWith(replaced) !== 404) throw failureOf(put, replaced);
    const created = await this.client.request({ verb: 'POST', path, body });
    if (created.ok) return;
    if (refusedWith(created) !== 409) throw failureOf({ verb: 'POST', path }, created);
    await this.must(put);
  }

  private metadata(name: string, part: string): Readonly<Record<string, unknown>> {
    return { name, namespace: this.namespace, labels: { ...MANAGED_BY, [STATE_PART_LABEL]: part } };
  }

  private async must(call: KubeCall): Promise<unknown> {
    const answer = await this.client.request(call);
    if (!answer.ok) throw failureOf(call, answer);
    return answer.value;
  }
}

type Failed = Extract<KubeAnswer<unknown>, { ok: false }>;

/** Messages about Secrets may repeat what was sent: only the reason of those is kept. */
function failureOf(call: Pick<KubeCall, 'verb' | 'path'>, { failure }: Failed): KubeRequestError {
  const isSecret = call.path.includes('/secrets');
  return new KubeRequestError(
    `${call.verb} ${call.path}`,
    isSecret ? { ...failure, message: 'see the audit log of the API server' } : failure,
  );
}

function tolerated(what: string, answer: Failed): string {
  if (refusedWith(answer) !== 403) throw new KubeRequestError(what, answer.failure);
  return `${what} is not allowed: the namespace is taken as given`;
}

function textData(value: unknown): Data {
  const entries = isRecord(value) ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function byteData(secret: unknown): Bytes {
  const data = textData(isRecord(secret) ? secret['data'] : undefined);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
}

const base64 = (data: Bytes): Data =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.toString('base64')]));
