import type { Moment } from './moment';
import { forgotten, misattributed, repeated, unexplained, unseen } from './never-claim';
import { ungated } from './never-gate';
import { overLimit, overtaken, stoppedButSent, unguarded, unrevoked, wentOn } from './never-start';

/** What the engine must never do, judged from the outside: nothing here calls the engine's own rules. */
export const brokenRules = (moment: Moment, ready: ReadonlySet<string>): readonly string[] => [
  ...forgotten(moment),
  ...repeated(moment),
  ...misattributed(moment),
  ...overtaken(moment),
  ...wentOn(moment),
  ...unrevoked(moment),
  ...stoppedButSent(moment),
  ...overLimit(moment),
  ...unguarded(moment),
  ...ungated(moment),
  ...unseen(moment, ready),
  ...unexplained(moment),
];
