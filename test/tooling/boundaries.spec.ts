import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { environmentWith } from '@test/environment';

const ROOT = join(__dirname, '..', '..');
const EMPTY = 'export const value = 1;\n';

/** A small project in which every file breaks one rule; `to` is the file or package it should not know. */
const PLANTED = [
  { rule: 'core-is-pure', from: 'apps/hub/src/rollout/core/step.ts', to: '../rollout.service' },
  { rule: 'core-is-pure', from: 'apps/hub/src/rollout/core/hash.ts', to: 'node:crypto' },
  { rule: 'core-takes-only-types-from-ports', from: 'apps/agent/src/kube/core/judge.ts', to: '../kube.port' },
  { rule: 'apps-do-not-meet', from: 'apps/agent/src/link/link.ts', to: '../../../hub/src/rollout/rollout.service' },
  { rule: 'contracts-import-nothing-of-ours', from: 'libs/contracts/src/wire.ts', to: 'node:fs' },
  { rule: 'products-do-not-import-test', from: 'apps/hub/src/platform/clock.ts', to: '../../../../test/support/clock' },
  { rule: 'support-does-not-import-apps', from: 'test/support/fleet.ts', to: '../../apps/agent/src/kube/kube.port' },
  { rule: 'one-importer-of-the-kubernetes-client', from: 'apps/hub/src/plan/plan.ts', to: '@kubernetes/client-node' },
  { rule: 'what-is-shipped-is-a-dependency', from: 'apps/cli/src/main.ts', to: 'jest' },
  { rule: 'imports-exist', from: 'apps/cli/src/client.ts', to: './nowhere' },
  { rule: 'hub-folder-has-its-place', from: 'apps/hub/src/somewhere/new.ts', to: '../config/config' },
  { rule: 'hub-ports-know-nobody', from: 'apps/hub/src/gateway/agent.port.ts', to: '../platform/platform' },
  { rule: 'hub-is-put-together-at-the-top', from: 'apps/hub/src/ops/ops.ts', to: '../main' },
  { rule: 'hub-change-and-gates-looks-down-only', from: 'apps/hub/src/change/judging/judge.ts', to: '../../api/api' },
  { rule: 'hub-plan-looks-down-only', from: 'apps/hub/src/plan/planner.ts', to: '../change/change' },
  { rule: 'hub-rollout-looks-down-only', from: 'apps/hub/src/rollout/rollouts.ts', to: '../plan/plan' },
  {
    rule: 'hub-dispatch-and-notify-looks-down-only',
    from: 'apps/hub/src/notify/notifier.ts',
    to: '../rollout/rollout.service',
  },
  { rule: 'hub-rollout-core-looks-down-only', from: 'apps/hub/src/rollout/core/told.ts', to: '../../notify/core/told' },
  { rule: 'hub-policy-and-fleet-looks-down-only', from: 'apps/hub/src/fleet/fleet.ts', to: '../policy/policy' },
  { rule: 'hub-platform-looks-down-only', from: 'apps/hub/src/platform/redis.ts', to: '../policy/policy' },
  { rule: 'hub-config-looks-down-only', from: 'apps/hub/src/config/config.ts', to: '../platform/clock' },
  {
    rule: 'hub-change-judging-looks-down-only',
    from: 'apps/hub/src/change/judging/judging.ts',
    to: '../intake/intake',
  },
  { rule: 'no-circular', from: 'apps/cli/src/one.ts', to: './two' },
] as const;

const AROUND: Readonly<Record<string, string>> = {
  'apps/hub/src/rollout/rollout.service.ts': EMPTY,
  'apps/hub/src/main.ts': EMPTY,
  'apps/hub/src/api/api.ts': EMPTY,
  'apps/hub/src/change/change.ts': EMPTY,
  'apps/hub/src/change/intake/intake.ts': EMPTY,
  'apps/hub/src/notify/core/told.ts': EMPTY,
  'apps/hub/src/platform/platform.ts': EMPTY,
  'apps/hub/src/policy/policy.ts': EMPTY,
  'apps/agent/src/kube/kube.port.ts': EMPTY,
  'apps/cli/src/two.ts': "import './one';\n",
  'test/support/clock.ts': EMPTY,
  'node_modules/@kubernetes/client-node/package.json': '{ "name": "@kubernetes/client-node", "main": "index.js" }',
  'node_modules/@kubernetes/client-node/index.js': '',
  'node_modules/jest/package.json': '{ "name": "jest", "main": "index.js" }',
  'node_modules/jest/index.js': '',
  'package.json': '{ "dependencies": { "@kubernetes/client-node": "1" }, "devDependencies": { "jest": "1" } }',
  'tsconfig.json': '{ "compilerOptions": { "module": "nodenext" } }',
};

interface Output {
  readonly code: number;
  readonly stdout: string;
}

function runTool(path: string, args: readonly string[], cwd: string, stdin = ''): Promise<Output> {
  return new Promise((resolve) => {
    // In a single run, lint with types would read the file on disk and not the text that it is given.
    const env = environmentWith({ TSESTREE_SINGLE_RUN: 'false' });
    const options = { cwd, env, maxBuffer: 64 * 1024 ** 2 };
    const child = execFile(process.execPath, [join(ROOT, 'node_modules', path), ...args], options, (error, stdout) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout }),
    );
    child.stdin?.end(stdin);
  });
}

describe('the rules about who may import whom', () => {
  let project: string;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'fleet-reloader-boundaries-'));
    const planted = PLANTED.map(({ from, to }): [string, string] => [from, `import '${to}';\n${EMPTY}`]);
    for (const [path, text] of [...planted, ...Object.entries(AROUND)]) {
      await mkdir(dirname(join(project, path)), { recursive: true });
      await writeFile(join(project, path), text);
    }
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  it('catch every planted fault', async () => {
    const args = ['--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json', 'apps', 'libs', 'test'];
    const { stdout } = await runTool('dependency-cruiser/bin/dependency-cruiser.mjs', args, project);
    const { summary } = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
    const caught = summary.violations.map(({ from, rule }) => `${rule.name} in ${from}`);
    expect(caught).toEqual(expect.arrayContaining(PLANTED.map(({ rule, from }) => `${rule} in ${from}`)));
  }, 30_000);
});

/** What a file of a core may not say, one line each, with the rule that catches it. */
const IMPURE: readonly (readonly [rule: string, line: string])[] = [
  ['no-restricted-syntax', 'export const now = () => new Date();'],
  ['no-restricted-syntax', 'export const later = async () => { await Promise.resolve(); };'],
  ['no-restricted-syntax', 'export default 1;'],
  ['no-restricted-properties', 'export const at = () => Date.now();'],
  ['no-restricted-properties', 'export const dice = () => Math.random();'],
  ['no-restricted-globals', 'export const timer = () => setTimeout(() => undefined, 1);'],
  ['no-restricted-globals', 'export const directory = () => process.cwd();'],
  ['no-restricted-imports', "import 'node:fs';"],
  ['no-restricted-imports', "import '@nestjs/common';"],
  ['@typescript-eslint/no-explicit-any', 'export const thing: any = 1;'],
  ['@typescript-eslint/no-floating-promises', 'Promise.resolve();'],
  ['complexity', `export const maze = (n: number) => n ${'|| n '.repeat(11)};`],
  ['max-params', 'export const many = (a: 1, b: 1, c: 1, d: 1, e: 1) => [a, b, c, d, e];'],
  ['max-depth', 'if (1) { if (1) { if (1) { if (1) { JSON.stringify(1); } } } }'],
  ['max-lines-per-function', `export const long = () => {${'\n  JSON.stringify(1);'.repeat(51)}\n};`],
  ['no-warning-comments', '// TODO: later'],
];

describe('the rules about what a file may say', () => {
  it('catch every planted fault in a core', async () => {
    // Lint with types wants a file that the project has: the text is ours, the name is a real one.
    const args = ['--stdin', '--stdin-filename', 'libs/contracts/src/revision.ts', '--format', 'json'];
    const text = IMPURE.map(([, line]) => line).join('\n');
    const { stdout } = await runTool('eslint/bin/eslint.js', args, ROOT, text);
    const [result] = JSON.parse(stdout) as { messages: { ruleId: string; line: number }[] }[];
    const caught = new Set(result?.messages.map(({ ruleId, line }) => `${ruleId} in line ${line}`));
    let line = 1;
    for (const [rule, planted] of IMPURE) {
      expect(caught).toContain(`${rule} in line ${line}`);
      line += planted.split('\n').length;
    }
  }, 60_000);
});
