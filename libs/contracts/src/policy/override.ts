import { ExpressionError, type OneLine, parseRolloutExpression } from './one-line';
import type { Unsaid } from './urgency';

/**
 * Reads what a source asks for in the place of the policy's own `rollout:`. It can not ask for `off`: a change that
 * nobody carries would be lost.
 * @throws ExpressionError that says what was expected.
 */
export function parseOverride(text: string, unsaid?: Unsaid): OneLine {
  const line = parseRolloutExpression(text, unsaid);
  if (line.start === 'off') throw new ExpressionError('SYNTAX', '"off" can only be said by a policy');
  return line;
}
