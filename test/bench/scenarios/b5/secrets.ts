import { randomBytes } from 'node:crypto';
import { eachOf } from '../../frame/each-of';
import type { RawKube } from '../../frame/raw-kube';

const NAMESPACES = 20;
const KEYS = 4;
const MAKERS = 16;

export type Sort = Readonly<{
  /** First part of the names. */
  name: string;
  type: string;
  /** Bytes of the data, before base64. */
  bytes: number;
}>;

export const USUAL: Sort = { name: 'secret', type: 'Opaque', bytes: 8 * 1024 };
/** What an API server takes at most: 1 MiB. */
export const LARGE: Sort = { name: 'large', type: 'Opaque', bytes: 1_000_000 };
export const HELM: Sort = { name: 'release', type: 'helm.sh/release.v1', bytes: 1_000_000 };

/** The path of the Secret of this sort and index. */
export const secretPath = (sort: Sort, index: number): string => `${secretsOf(index)}/${nameOf(sort, index)}`;

const nameOf = ({ name }: Sort, index: number): string => `${name}-of-application-${index}`;
const secretsOf = (index: number): string => `/api/v1/namespaces/${namespaceOf(index)}/secrets`;
const namespaceOf = (index: number): string => `space-${index % NAMESPACES}`;

export const makeNamespaces = (kube: RawKube): Promise<void> =>
  eachOf(
    Array.from({ length: NAMESPACES }, (_, index) => namespaceOf(index)),
    MAKERS,
    (name) => kube.must('POST', '/api/v1/namespaces', { metadata: { name } }),
  );

/** Makes those of a sort from one index to before another. */
export async function makeSecrets(kube: RawKube, sort: Sort, from: number, to: number): Promise<void> {
  const { type, bytes } = sort;
  const indexes = Array.from({ length: to - from }, (_, at) => from + at);
  await eachOf(indexes, MAKERS, (index) => {
    const value = (): string => randomBytes(Math.floor(bytes / KEYS)).toString('base64');
    const data = Object.fromEntries(Array.from({ length: KEYS }, (_, key) => [`key-${key}`, value()]));
    const metadata = { name: nameOf(sort, index), labels: { 'app.kubernetes.io/name': `app-${index}` } };
    return kube.must('POST', secretsOf(index), { metadata, type, data });
  });
}

/** ms to read all Secrets in pages and to drop what comes: the least that anybody needs who wants to know them. */
export async function rawList(kube: RawKube): Promise<number> {
  const begun = performance.now();
  let next = '';
  do {
    const page = await kube.must('GET', `/api/v1/secrets?limit=500${next === '' ? '' : `&continue=${next}`}`);
    next = /"continue":"([^"]+)"/.exec(page.slice(0, 2_000))?.[1] ?? '';
  } while (next !== '');
  return performance.now() - begun;
}

const STREAMED_LIST = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const END_OF_LIST = '"k8s.io/initial-events-end":"true"';

/** ms to be sent all Secrets by a watch, one by one, and to drop what comes: what a streamed list takes the server. */
export async function rawStream(kube: RawKube): Promise<number> {
  const begun = performance.now();
  let stop = (): void => undefined;
  const path = `/api/v1/secrets?watch=true&${STREAMED_LIST}`;
  const took = await new Promise<number>((resolve, reject) => {
    let tail = '';
    const take = (chunk: Buffer): void => {
      const text = tail + chunk.toString('latin1');
      if (text.includes(END_OF_LIST)) resolve(performance.now() - begun);
      tail = text.slice(-END_OF_LIST.length);
    };
    kube.read(path, take).then((end) => (stop = end), reject);
  });
  stop();
  return took;
}
