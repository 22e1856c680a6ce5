import type { SourceKind } from '@app/contracts/objects';

/**
 * The environment variable that tells of a source, as Reloader names it: capitals and digits stay, each run of
 * anything else is one `_`, none in front. Two sources can share a name (`a.b` and `a-b`).
 */
export function variableName(kind: SourceKind, name: string): string {
  const word = name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_/, '');
  return `STAKATER_${word}_${kind.toUpperCase()}`;
}
