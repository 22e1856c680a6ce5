/** The three lists of acceptance cases. */
export const LISTS = ['agent', 'rollouts', 'protocol'] as const;
export type ListName = (typeof LISTS)[number];

/** One acceptance case. */
export type CaseRef = Readonly<{ list: ListName; number: number }>;

/** The cases that a title names, and the rest of it. */
export type NamedCases = Readonly<{ cases: readonly CaseRef[]; text: string }>;

/** `agent 1–3, 7, rollouts 37: what is seen`; a number without a list is of the list before it. */
const NAMED = /^((?:agent|rollouts|protocol) \d[^:]*): ?(.*)$/s;
const PART = /^(?:(agent|rollouts|protocol) )?(\d+)(?:[–-](\d+))?$/;

/** Reads the cases from the front of a title. One wrong part, and the title is read as naming none. */
export function casesIn(title: string): NamedCases {
  const [, names = '', text = ''] = NAMED.exec(title) ?? [];
  const cases: CaseRef[] = [];
  for (const part of names === '' ? [] : names.split(', ')) {
    const found = partOf(part, cases.at(-1)?.list);
    if (found.length === 0) return { cases: [], text: title };
    cases.push(...found);
  }
  return cases.length === 0 ? { cases, text: title } : { cases, text };
}

function partOf(part: string, before: ListName | undefined): readonly CaseRef[] {
  const [, named, first, last] = PART.exec(part) ?? [];
  const list = LISTS.find((each) => each === named) ?? before;
  if (list === undefined || first === undefined) return [];
  const from = Number(first);
  const length = Number(last ?? first) - from + 1;
  return Array.from({ length: Math.max(0, length) }, (_, at) => ({ list, number: from + at }));
}
