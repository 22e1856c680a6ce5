/** Lines that stay are shown this far around those that change. */
const AROUND = 3;

type Line = Readonly<{ mark: ' ' | '-' | '+'; text: string }>;

/** What has to be taken out of and put into a text to get another, line by line; empty when they are equal. */
export function lineDiff(from: string, to: string): string[] {
  const lines = compare(linesOf(from), linesOf(to));
  if (lines.every(({ mark }) => mark === ' ')) return [];
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(isChange));
  return lines.flatMap((line, at) => {
    if (near[at]) return [`${line.mark}${line.text}`];
    return at === 0 || near[at - 1] ? ['...'] : [];
  });
}

const isChange = ({ mark }: Line): boolean => mark !== ' ';
const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

/** What stays is the longest common subsequence. */
function compare(from: readonly string[], to: readonly string[]): Line[] {
  const common = commonLengths(from, to);
  const lines: Line[] = [];
  let j = 0;
  const put = (until: number): void => {
    lines.push(...to.slice(j, until).map((text): Line => ({ mark: '+', text })));
    j = until;
  };
  for (const [i, text] of from.entries()) {
    const partner = to.indexOf(text, j);
    const kept = partner >= 0 && common(i + 1, partner + 1) + 1 === common(i, j);
    if (kept) put(partner);
    lines.push({ mark: kept ? ' ' : '-', text });
    if (kept) j++;
  }
  put(to.length);
  return lines;
}

/** (i, j) → how many lines the rest of `from` from i on and the rest of `to` from j on have in common, in order. */
function commonLengths(from: readonly string[], to: readonly string[]): (i: number, j: number) => number {
  const width = to.length + 1;
  const lengths = new Uint32Array((from.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = from.length - 1; i >= 0; i--)
    for (let j = to.length - 1; j >= 0; j--)
      lengths[i * width + j] = from[i] === to[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  return at;
}
