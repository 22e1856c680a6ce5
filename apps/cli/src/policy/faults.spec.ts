import { documentsIn } from './documents';
import { faultLine } from './faults';

const [document] = documentsIn('p.yaml', 'name: a\nrollout: all\ncolour: 1\n').documents;

it.each([
  [
    { pointer: '/colour', detail: 'unknown field "colour"', expected: 'name, rollout' },
    'p.yaml:3:1: /colour: unknown field "colour" (expected: name, rollout)',
  ],
  [{ pointer: '/rollout', detail: 'must be a line', expected: 'a line' }, 'p.yaml:2:1: /rollout: must be a line'],
  [{ pointer: '', detail: 'is no policy' }, 'p.yaml:1:1: is no policy'],
])('%j is told where it is, and what may stand there', (fault, line) => {
  expect(document && faultLine(document, fault)).toBe(line);
});
