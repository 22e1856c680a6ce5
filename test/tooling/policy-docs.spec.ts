import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type RolloutPhase, rolloutPhase, rolloutVerb } from '@app/contracts/phases';
import { policyJsonSchema } from '@app/contracts/policy/json-schema';
import { parsePolicy } from '@app/contracts/policy/parse';
import { policySpec } from '@app/contracts/policy/schema';
import { setting } from '@test/environment';
import { rolloutOf } from '@test/rollout/fixtures';
import type { CandidateCluster } from '../../apps/hub/src/plan/core/model';
import { makePlan } from '../../apps/hub/src/plan/core/plan';
import { allowedVerbs } from '../../apps/hub/src/rollout/core/verbs';

const at = (name: string): string => join(__dirname, '..', '..', 'docs', name);
const read = (name: string): string => readFileSync(at(name), 'utf8');
const examplesOf = (name: string): readonly unknown[] =>
  [...read(name).matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']): unknown => parse(yaml));

/** Compares a file that is written from the code, or writes it. */
function expectWritten(name: string, text: string): void {
  if (setting('UPDATE_GOLDEN') === '1') writeFileSync(at(name), text);
  else expect(read(name)).toBe(text);
}

describe('the guide to policies', () => {
  const examples = examplesOf('policies.md');

  it.each(examples.map((example, index) => [index + 1, example]))('example %i can be stored', (_index, example) => {
    expect(parsePolicy(example, nameIn(example) ?? 'example')).toMatchObject({ ok: true });
  });

  it('names every key that a policy has at its top', () => {
    expect(examples.length).toBeGreaterThan(3);
    const text = read('policies.md');
    expect(Object.keys(policySpec.shape).filter((key) => !new RegExp(`\\b${key}\\b`).test(text))).toEqual([]);
  });

  function nameIn(example: unknown): string | undefined {
    const parsed = parsePolicy(example);
    return parsed.ok ? parsed.policy.name : undefined;
  }
});

const label = (index: number): Readonly<Record<string, string>> => ({
  env: ['dev', 'staging', 'prod'][index % 3] ?? '',
  region: ['eu', 'us', 'ap'][index % 3] ?? '',
  ...{ rank: String(index), tier: 'edge', generation: 'old', canary: String(index === 0) },
});
const cluster = (index: number): CandidateCluster => ({
  ...{
    name: `c${String(index).padStart(2, '0')}`,
    labels: label(index),
    from: null,
    to: 'k000000:aaaaaaaaaaaaaaaaaaaaaa',
  },
  workloads: ['auth', 'api', 'web'].map((app) => ({
    ref: { kind: 'Deployment', namespace: 'shop', name: app },
    ...{ uid: app, labels: { app }, replicas: 2, pending: true, state: 'Pending', reason: '' },
  })),
});

describe('the cookbook', () => {
  const recipes = examplesOf('cookbook.md');
  const fleet = Array.from({ length: 20 }, (_, index) => cluster(index));

  it('has eleven recipes', () => expect(recipes).toHaveLength(11));

  it.each(recipes.map((recipe, index) => [index + 1, recipe]))('recipe %i plans every cluster', (_index, recipe) => {
    const parsed = parsePolicy(recipe);
    expect(parsed).toMatchObject({ ok: true, warnings: [] });
    if (!parsed.ok) return;
    const made = makePlan(parsed.policy, { subject: 'Secret/shop/db', clusters: fleet });
    const envs = (made.ok ? made.plan.waves : []).flatMap(({ targets }) => targets).length;
    const matched =
      (recipe as { spec?: { match?: { clusters?: string } } }).spec?.match?.clusters === 'env=prod' ? 6 : 20;
    expect([made.ok, envs]).toEqual([true, matched]);
  });
});

describe('the guide to rollouts', () => {
  const text = read('rollouts.md');
  const cells = (line: string): readonly string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const lines = text.split('\n');
  const head = lines.findIndex((line) => /^\| phase +\| start/.test(line));
  const verbs = cells(lines[head] ?? '').slice(1);
  const rows = new Map(
    lines.slice(head + 2, head + 2 + rolloutPhase.options.length).map((line) => {
      const [phase = '', ...marks] = cells(line);
      return [phase.replaceAll('`', ''), verbs.filter((_, index) => marks[index] === 'yes')] as const;
    }),
  );

  it('knows every verb', () => expect([...verbs].sort()).toEqual([...rolloutVerb.options].sort()));

  it.each(rolloutPhase.options)('says which verbs %s permits', (phase: RolloutPhase) => {
    expect([...(rows.get(phase) ?? ['no row'])].sort()).toEqual([...allowedVerbs(inPhase(phase))].sort());
  });

  /** With a target that failed: `retry` is for those. */
  function inPhase(phase: RolloutPhase) {
    const wave = { name: 'only', clusters: ['c01'], after: [], concurrency: { count: 1 }, soakMs: 0 };
    const rollout = rolloutOf({
      waves: [{ ...wave, failures: { count: 0, percent: 0 }, exposure: 'unbounded' }],
      ...{ workloads: ['web'], onFailure: 'halt', maxFailures: null, start: 'auto', maxDeferred: { percent: 10 } },
      target: { ackDeadlineMs: 60_000, progressDeadlineMs: 600_000, lostAfterMs: 600_000 },
      ...{ graceMs: 300_000, deferTtlMs: 3_600_000 },
    });
    const failed = rollout.targets.all().map((target) => ({ ...target, phase: 'Failed' as const }));
    return { ...rollout, phase, targets: rollout.targets.with(failed) };
  }
});

type Node = Readonly<{
  type?: string;
  description?: string;
  properties?: Readonly<Record<string, Node>>;
  items?: Node;
  anyOf?: readonly Node[];
  enum?: readonly unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  pattern?: string;
}>;

/** Every key below a node, with what it may hold. */
function keysOf(node: Node, path: string): readonly (readonly [string, string])[] {
  const below = Object.entries(node.properties ?? {}).flatMap(([key, value]) => [
    [`${path}${key}`, wordsFor(value)] as const,
    ...keysOf(value, `${path}${key}.`),
  ]);
  const inside = node.items ? keysOf(node.items, `${path.slice(0, -1)}[].`) : [];
  return [...below, ...inside, ...(node.anyOf ?? []).flatMap((each) => keysOf(each, path))];
}

function wordsFor(node: Node): string {
  if (node.description !== undefined) return node.description;
  if (node.enum) return node.enum.map((each) => `\`${String(each)}\``).join(', ');
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.anyOf) return [...new Set(node.anyOf.map(wordsFor))].join('; or ');
  if (node.items) return node.items.properties ? 'list, see below' : `list of: ${wordsFor(node.items)}`;
  if (node.properties) return 'see below';
  const bounds = [node.minimum === undefined ? '' : `from ${node.minimum}`, withEnd(node.maximum)].filter(Boolean);
  return [node.type ?? 'text', ...bounds].join(' ');
}

/** Nobody needs to be told of the largest number there is. */
const withEnd = (maximum: number | undefined): string =>
  maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? '' : `to ${maximum}`;

describe('what is written from the schema', () => {
  const full = (policyJsonSchema()['anyOf'] as readonly Node[]).find(({ properties }) => properties?.['spec']);

  it('is the schema itself', () => {
    expectWritten('policy.schema.json', `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
  });

  it('is closed on every level', () => {
    const open: string[] = [];
    const look = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const { properties, additionalProperties } = node as Record<string, unknown>;
      if (properties !== undefined && additionalProperties !== false) open.push(path);
      for (const [key, value] of Object.entries(node)) look(value, `${path}/${key}`);
    };
    look(policyJsonSchema()['anyOf'], '');
    expect(open).toEqual([]);
  });

  it('is the list of keys', () => {
    const rows = keysOf(full?.properties?.['spec'] ?? {}, '').map(
      ([key, words]) => `| \`${key}\` | ${words.replaceAll('|', '\\|')} |`,
    );
    const head = [
      '# Every key of a policy',
      '',
      '<!-- Written from the schema by UPDATE_GOLDEN=1. Do not edit. -->',
      '',
      'What stands under `spec`, and what it may hold. What it means is in [policies.md](policies.md).',
      '',
      '| key | what it may hold |',
      '| --- | --- |',
    ];
    expect(rows.length).toBeGreaterThan(60);
    expectWritten('policy-reference.md', `${[...head, ...rows].join('\n')}\n`);
  });
});
