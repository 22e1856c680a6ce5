import { type Document, isMap, isNode, isPair, isScalar, isSeq, type Node } from 'yaml';

/**
 * Offset in the text of what a JSON pointer names. For a key of a mapping that is the key itself: a fault is mostly
 * seen there. What is not there stands where it would have to be: at what it would be in.
 */
export function placeOf(document: Document, pointer: string): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of stepsOf(pointer)) {
    const next = stepInto(node, step);
    if (next === undefined) return offset;
    offset = startOf(next.shown) ?? offset;
    node = next.value;
  }
  return offset;
}

type Step = Readonly<{ shown: unknown; value: unknown }>;

function stepInto(node: unknown, step: string): Step | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === step);
    return pair && { shown: pair.key, value: pair.value };
  }
  if (!isSeq(node)) return undefined;
  const item: unknown = node.items[Number(step)];
  return item === undefined ? undefined : { shown: item, value: item };
}

const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

const startOf = (node: unknown): number | undefined => (isNode(node) ? (node as Node).range?.[0] : undefined);

/** JSON pointer to the innermost thing whose text holds an offset: what a fault of the text itself is about. */
export function pointerAt(document: Document, offset: number): string {
  let node: unknown = document.contents;
  let pointer = '';
  for (;;) {
    const step = childAt(node, offset);
    if (step === undefined) return pointer;
    pointer += `/${step.name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    node = step.value;
  }
}

function childAt(node: unknown, offset: number): Readonly<{ name: string; value: unknown }> | undefined {
  if (isSeq(node)) {
    const index = node.items.findIndex((item) => holds(item, offset));
    return index < 0 ? undefined : { name: String(index), value: node.items[index] };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => isPair(item) && (holds(item.key, offset) || holds(item.value, offset)));
  return pair && { name: String(isScalar(pair.key) ? pair.key.value : pair.key), value: pair.value };
}

const holds = (node: unknown, offset: number): boolean => {
  const range = isNode(node) ? node.range : undefined;
  return range !== undefined && range !== null && range[0] <= offset && offset < Math.max(range[1], range[0] + 1);
};
