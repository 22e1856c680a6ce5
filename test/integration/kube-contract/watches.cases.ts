/* eslint-disable max-lines-per-function -- cases are a list of sentences, as in a spec */
import { newPlace, type Place, type Subject } from './subject';
import type { WatchReader } from './watch-reader';

const INITIAL = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const ends = { 'k8s.io/initial-events-end': 'true' };

export function describeWatches({ kube, forgetHistory }: Subject): void {
  describe('watches', () => {
    let place: Place;
    const open: WatchReader[] = [];
    beforeEach(async () => (place = await newPlace(kube())));
    afterEach(() => open.splice(0).forEach((watch) => watch.close()));

    const watch = async (query: string, path = place.secrets): Promise<WatchReader> => {
      const reader = await kube().watch(path, query);
      open.push(reader);
      return reader;
    };
    const write = (name: string, labels: Record<string, string> = {}) =>
      kube().post(place.secrets, { metadata: { name, labels } });
    const label = (name: string, value: string) =>
      kube().patch(`${place.secrets}/${name}`, { metadata: { labels: { l: value } } });

    it('tells what happens after a version, in order and whole', async () => {
      await write('before');
      const reader = await watch(`resourceVersion=${await kube().versionOf(place.secrets)}`);
      await write('a');
      await label('a', 'x');
      const gone = await kube().delete(`${place.secrets}/a`);
      expect(gone.status).toBe(200);
      await reader.until('the deletion', ({ type }) => type === 'DELETED');
      expect(reader.types()).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
      const versions = reader.lines.map(({ object }) => Number(object.metadata.resourceVersion));
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
      expect(new Set(versions).size).toBe(3);
      expect(reader.lines[1]?.object).toMatchObject({
        kind: 'Secret',
        apiVersion: 'v1',
        metadata: { labels: { l: 'x' } },
      });
    });

    it('repeats what happened since a version', async () => {
      const version = await kube().versionOf(place.secrets);
      await write('a');
      await label('a', 'x');
      const reader = await watch(`resourceVersion=${version}`);
      await reader.until('the change', ({ type }) => type === 'MODIFIED');
      expect(reader.types()).toEqual(['ADDED a', 'MODIFIED a']);
    });

    it.each(['resourceVersion=0', ''])('begins with everything when asked from "%s"', async (query) => {
      await write('a');
      await write('b');
      const reader = await watch(query);
      await reader.until('b', ({ object }) => object.metadata.name === 'b');
      expect(reader.types()).toEqual(['ADDED a', 'ADDED b']);
    });

    it('marks the end of the initial events when asked for them', async () => {
      await write('a');
      const reader = await watch(INITIAL);
      const mark = await reader.until('the mark', ({ type }) => type === 'BOOKMARK');
      expect(mark.object).toMatchObject({ kind: 'Secret', apiVersion: 'v1', metadata: { annotations: ends } });
      expect(Number(mark.object.metadata.resourceVersion)).toBeGreaterThan(0);
      await write('b');
      await reader.until('b', ({ object }) => object.metadata.name === 'b');
      expect(reader.types()).toEqual(['ADDED a', 'BOOKMARK', 'ADDED b']);
    });

    it('sends initial events of an empty collection: the mark alone', async () => {
      const reader = await watch(INITIAL);
      await reader.until('the mark', ({ type }) => type === 'BOOKMARK');
      expect(reader.types()).toEqual(['BOOKMARK']);
    });

    it.each(['sendInitialEvents=true&allowWatchBookmarks=true', 'resourceVersionMatch=NotOlderThan'])(
      'refuses options that do not go together: %s',
      async (query) => {
        const reader = await watch(query);
        expect(reader.status).toBe(422);
      },
    );

    it('turns a change of selection into an addition or a deletion', async () => {
      await write('a', { l: 'in' });
      const version = await kube().versionOf(place.secrets);
      const reader = await watch(`labelSelector=l%3Din&resourceVersion=${version}`);
      await write('b', { l: 'out' });
      await label('a', 'out');
      await label('b', 'in');
      await kube().delete(`${place.secrets}/b`);
      await reader.until('the deletion of b', ({ type, object }) => type === 'DELETED' && object.metadata.name === 'b');
      expect(reader.types()).toEqual(['DELETED a', 'ADDED b', 'DELETED b']);
      expect(reader.lines[0]?.object.metadata.labels).toEqual({ l: 'in' });
    });

    it('watches one object by its name', async () => {
      const version = await kube().versionOf(place.secrets);
      const reader = await watch(`fieldSelector=metadata.name%3Db&resourceVersion=${version}`);
      await write('a');
      await write('b');
      await reader.until('b', ({ object }) => object.metadata.name === 'b');
      expect(reader.types()).toEqual(['ADDED b']);
    });

    it('watches all namespaces, or one', async () => {
      const version = await kube().versionOf(place.secrets);
      const all = await watch(`resourceVersion=${version}`, '/api/v1/secrets');
      const elsewhere = await newPlace(kube());
      const one = await watch(`resourceVersion=${version}`);
      await kube().post(elsewhere.secrets, { metadata: { name: 'elsewhere' } });
      await write('here');
      await all.until('both', ({ object }) => object.metadata.name === 'here');
      await one.until('its own', ({ object }) => object.metadata.name === 'here');
      expect(all.types()).toEqual(['ADDED elsewhere', 'ADDED here']);
      expect(one.types()).toEqual(['ADDED here']);
    });

    it('ends at its time-out, with a bookmark before', async () => {
      const version = await kube().versionOf(place.secrets);
      const reader = await watch(`timeoutSeconds=3&allowWatchBookmarks=true&resourceVersion=${version}`);
      await write('a');
      await reader.ended();
      expect([...new Set(reader.types())]).toEqual(['ADDED a', 'BOOKMARK']);
      const versions = reader.lines.map(({ object }) => Number(object.metadata.resourceVersion));
      expect(versions[1]).toBeGreaterThanOrEqual(versions[0] ?? Number.POSITIVE_INFINITY);
      expect(reader.lines[1]?.object.metadata.annotations).toBeUndefined();
    });

    it('says 410 in the stream when the version is forgotten, and starts afresh', async () => {
      const version = await kube().versionOf(place.secrets);
      await write('a');
      await forgetHistory();
      const reader = await watch(`resourceVersion=${version}`);
      const error = await reader.until('the error', ({ type }) => type === 'ERROR');
      expect(reader.status).toBe(200);
      expect(error.object).toMatchObject({ kind: 'Status', code: 410, reason: 'Expired' });
      await reader.ended();
      const afresh = await watch(`${INITIAL}`);
      await afresh.until('the mark', ({ type }) => type === 'BOOKMARK');
      expect(afresh.types()).toEqual(['ADDED a', 'BOOKMARK']);
    });
  });
}
