import type { ExplainView } from '@app/contracts/api/views';

/** The checks in their order, and what comes next. */
export function explainLines({ checks, next }: ExplainView): readonly string[] {
  const numbers = String(checks.length).length;
  const names = Math.max(0, ...checks.map(({ check }) => check.length));
  return [
    ...checks.map(
      ({ check, ok, detail }, index) =>
        `${String(index + 1).padStart(numbers)} ${ok ? '✔' : '✘'} ${check.padEnd(names)}  ${detail}`,
    ),
    `next: ${next}`,
  ];
}
