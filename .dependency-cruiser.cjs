/**
 * Who may import whom. Patterns are anchored: a loose /core/ would also match node_modules/@nestjs/core.
 *
 * Inside the hub: api → change → plan → rollout → policy, fleet → platform. The arrows never point back; what has to
 * be told upwards is an event.
 */

const CORE = '^apps/[^/]+/src/.+/core/';
const SPEC = '\\.spec\\.ts$';
/** Libraries that only compute. */
const PURE_PACKAGES = '^node_modules/(zod|re2js|yaml)/';

/** Folders of the hub, from the top; those on one line do not import each other. */
const HUB_ORDER = [['api'], ['change'], ['plan'], ['rollout'], ['policy', 'fleet'], ['platform']];

const hub = (folders) => `^apps/hub/src/(${folders.join('|')})/`;

const hubDirections = HUB_ORDER.slice(1).map((folders, index) => ({
  name: `hub-${folders.join('-and-')}-looks-down-only`,
  comment: 'A folder of the hub imports only folders below it.',
  severity: 'error',
  from: { path: hub(folders), pathNot: SPEC },
  to: { path: hub(HUB_ORDER.slice(0, index + 1).flat()) },
}));

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Files that import each other can only be understood together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-is-pure',
      comment:
        'A core decides from data alone: it imports cores of its own app, the contracts, and what only computes.',
      severity: 'error',
      from: { path: CORE, pathNot: SPEC },
      to: { pathNot: [CORE, '^libs/contracts/src/', PURE_PACKAGES, '\\.port\\.ts$'] },
    },
    {
      name: 'core-takes-only-types-from-ports',
      comment: 'A port is the shape of something that does IO; its types are data, anything else is not.',
      severity: 'error',
      from: { path: CORE, pathNot: SPEC },
      to: { path: '\\.port\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'apps-do-not-meet',
      comment: 'Apps share nothing but the contracts.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'contracts-import-nothing-of-ours',
      comment: 'The contracts are what hub and agent both can load: pure, and without IO.',
      severity: 'error',
      from: { path: '^libs/contracts/src/', pathNot: SPEC },
      to: { pathNot: ['^libs/contracts/src/', PURE_PACKAGES] },
    },
    {
      name: 'products-do-not-import-test',
      comment: 'What is shipped must not need the test support. The demo is not shipped.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^apps/demo/', SPEC] },
      to: { path: '^test/' },
    },
    {
      name: 'support-does-not-import-apps',
      comment: 'The test support is the world around the programs: only specs look into them, and cores are for all.',
      severity: 'error',
      from: { path: '^test/support/', pathNot: SPEC },
      to: { path: '^apps/', pathNot: CORE },
    },
    {
      name: 'one-importer-of-the-kubernetes-client',
      comment: 'The agent speaks to Kubernetes through its kube folder.',
      severity: 'error',
      from: { path: '^apps/', pathNot: ['^apps/(agent/src/kube|demo)/', SPEC] },
      to: { path: '^node_modules/@kubernetes/' },
    },
    {
      name: 'what-is-shipped-is-a-dependency',
      comment: 'A program that imports a devDependency works here and fails where only dependencies are installed.',
      severity: 'error',
      from: { path: '^(apps/(hub|agent|cli)|libs)/', pathNot: SPEC },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: '^node_modules/@types/' },
    },
    {
      name: 'imports-exist',
      comment: 'An import that leads nowhere hides from every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...hubDirections,
  ],
  options: {
    doNotFollow: { path: ['^node_modules', '^dist'] },
    exclude: { path: ['^dist/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true, // else imports of types alone, which cross boundaries as well, go unseen
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
