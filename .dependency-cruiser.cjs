/**
 * Who may import whom. Patterns are anchored: a loose /core/ would also match node_modules/@nestjs/core.
 *
 * Inside the hub: api → change → plan → rollout → policy, fleet → platform, with the other folders in between. The arrows
 * never point back; what has to be told upwards is an event, or goes through a port.
 */

const CORE = '^apps/[^/]+/src/.+/core/';
const SPEC = '\\.spec\\.ts$';
const PORT = '\\.port\\.ts$';
/** Libraries that only compute. */
const PURE_PACKAGES = '^node_modules/(zod|re2js|yaml)/';

/**
 * Folders of the hub, from the top; those on one line do not import each other, except through ports, which belong to
 * nobody. The engine stands below the services of its own folder: what carries out or tells what it wants knows it, too.
 */
const HUB_ORDER = [
  ['api', 'wake'],
  ['change', 'gates'],
  ['plan'],
  ['rollout'],
  ['dispatch', 'notify'],
  ['rollout/core'],
  ['gateway'],
  ['access', 'holds'],
  ['policy', 'fleet'],
  ['audit', 'http', 'limits', 'windows'],
  ['ops'],
  ['platform'],
  ['config'],
];

/** The same inside `change`. */
const CHANGE_ORDER = [
  ['change/intake', 'change/by-hand'],
  ['change/swift'],
  ['change/judging'],
  ['change/starting', 'change/gathering'],
  ['change/restraint'],
  ['change/core'],
];

const inHub = (folders) => `^apps/hub/src/(${folders.join('|')})/`;

const looksDown = (order) =>
  order.map((folders, index) => {
    const lower = order.slice(index + 1).flat();
    const notHere = lower.length === 0 ? [] : [inHub(lower)];
    return {
      name: `hub-${folders.join('-and-').replaceAll('/', '-')}-looks-down-only`,
      comment: 'A folder of the hub imports only folders below it.',
      severity: 'error',
      from: { path: inHub(folders), pathNot: [SPEC, ...notHere] },
      to: { path: inHub(order.slice(0, index + 1).flat()), pathNot: ['^apps/hub/src/$1/', PORT, ...notHere] },
    };
  });

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
      to: { pathNot: [CORE, '^libs/contracts/src/', PURE_PACKAGES, PORT] },
    },
    {
      name: 'core-takes-only-types-from-ports',
      comment: 'A port is the shape of something that does IO; its types are data, anything else is not.',
      severity: 'error',
      from: { path: CORE, pathNot: SPEC },
      to: { path: PORT, dependencyTypesNot: ['type-only'] },
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
    {
      name: 'hub-folder-has-its-place',
      comment: 'A folder that the order of the hub does not name is not kept from anything.',
      severity: 'error',
      from: { path: '^apps/hub/src/[^/]+/', pathNot: inHub(HUB_ORDER.flat()) },
      to: {},
    },
    {
      name: 'hub-ports-know-nobody',
      comment: 'Every folder of the hub may import a port, so a port imports none.',
      severity: 'error',
      from: { path: `^apps/hub/src/.+${PORT}` },
      to: { path: '^apps/hub/src/' },
    },
    {
      name: 'hub-is-put-together-at-the-top',
      comment: 'The entry and the composition root know every folder; no folder knows them.',
      severity: 'error',
      from: { path: '^apps/hub/src/[^/]+/' },
      to: { path: '^apps/hub/src/[^/]+\\.ts$' },
    },
    ...looksDown(HUB_ORDER),
    ...looksDown(CHANGE_ORDER),
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
