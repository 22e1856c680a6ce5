import { RELOADER_KEYS } from '../inventory/core/annotation-keys';
import { annotationKeys } from './chosen-keys';
import { ANNOTATION_FLAGS, type AnnotationFlag } from './core/flag-table';
import { flagReader } from './reloader-flags';

const { typedAuto, named } = RELOADER_KEYS;
/** What each flag changes, and nothing beside it. */
const CHOSEN = 'example.com/chosen';
const CHANGED: Readonly<Record<AnnotationFlag, Partial<typeof RELOADER_KEYS>>> = {
  'configmap-annotation': { named: { ...named, ConfigMap: CHOSEN } },
  'secret-annotation': { named: { ...named, Secret: CHOSEN } },
  'configmap-auto-annotation': { typedAuto: { ...typedAuto, ConfigMap: CHOSEN } },
  'secret-auto-annotation': { typedAuto: { ...typedAuto, Secret: CHOSEN } },
  'auto-annotation': { auto: CHOSEN },
  'ignore-annotation': { ignore: CHOSEN },
  'auto-search-annotation': { search: CHOSEN },
  'search-match-annotation': { match: CHOSEN },
  'pause-deployment-annotation': { pausePeriod: CHOSEN },
  'pause-deployment-time-annotation': { pausedAt: CHOSEN },
};
const keysOf = (...argv: string[]) => annotationKeys(flagReader(argv, {}).annotationKeys());

describe('agent 84: the keys that flags choose', () => {
  it.each(Object.keys(ANNOTATION_FLAGS) as AnnotationFlag[])('--%s replaces one key, and no other', (flag) => {
    expect(keysOf(`--${flag}=${CHOSEN}`)).toEqual({ ...RELOADER_KEYS, ...CHANGED[flag] });
  });

  it('are those of Reloader where nothing is chosen', () => {
    expect(keysOf()).toEqual(RELOADER_KEYS);
  });
});
