import { isJsonObject, type JsonObject, type KubeObject } from './objects';
import { apiVersionOf, EVENTS, NEW_EVENTS, type Resource } from './resources';

/** The same field of an Event, as `v1` (where it is stored) and as `events.k8s.io/v1` call it. */
const NAMES: readonly (readonly [stored: string, shown: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
];

function renamed(object: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value]));
}

const toShown = new Map(NAMES);
const toStored = new Map(NAMES.map(([stored, shown]) => [shown, stored]));

/** What a caller sent, as it is stored. */
export const stored = (resource: Resource, given: unknown): unknown =>
  resource === NEW_EVENTS && isJsonObject(given) ? renamed(given, toStored) : given;

/** A stored object as the resource shows it; the very same object unless it has to be another view. */
export function shown(resource: Resource, object: KubeObject): KubeObject {
  if (resource.storageKey !== EVENTS.storageKey || apiVersionOf(resource) === object.apiVersion) return object;
  const view = resource === NEW_EVENTS ? renamed(object as KubeObject & JsonObject, toShown) : object;
  return { ...view, apiVersion: apiVersionOf(resource) } as KubeObject;
}
