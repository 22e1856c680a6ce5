import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';

/** The size of what one can read at a time. More needs a disable comment that says why. */
const caps = {
  // "modified": a switch of one-line calls, the shape of a decision here, counts once.
  complexity: ['error', { max: 10, variant: 'modified' }],
  'max-depth': ['error', 3],
  'max-params': ['error', 4],
  'max-lines': ['error', { max: 250, skipComments: true, skipBlankLines: true }],
  'max-lines-per-function': ['error', { max: 50, skipComments: true, skipBlankLines: true }],
};

const SHAPE = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name: one thing then has one name everywhere.' },
  { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that has it.' },
];

const NO_CLOCK = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Time arrives as data.' },
  { selector: "CallExpression[callee.name='Date']", message: 'Time arrives as data.' },
  { selector: 'AwaitExpression', message: 'A core does not wait: whoever waits calls it afterwards.' },
  { selector: 'ForOfStatement[await=true]', message: 'A core does not wait: whoever waits calls it afterwards.' },
];

const PROCESS_ENV = {
  object: 'process',
  property: 'env',
  message: 'The environment is read in one place: the config folder of an app, test/support/environment.ts in tests.',
};

const FORWARD_REF = {
  name: '@nestjs/common',
  importNames: ['forwardRef'],
  message: 'Two modules that need each other are one module, or a third is missing.',
};

export default defineConfig(
  globalIgnores(['dist/', 'node_modules/', 'coverage/']),
  { files: ['**/*.{js,cjs,mjs}'], extends: [js.configs.recommended] },
  {
    files: ['**/*.{js,cjs}'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', require: 'readonly', __dirname: 'readonly' },
    },
  },
  {
    files: ['scripts/**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', URL: 'readonly', console: 'readonly' } },
    rules: caps,
  },
  {
    files: ['deploy/**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        AbortSignal: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, ts.configs.recommended],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      ...caps,
      eqeqeq: 'error',
      'no-console': 'error',
      'no-control-regex': 'off', // refusing control characters in input takes one
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
      'no-restricted-syntax': ['error', ...SHAPE],
      'no-restricted-properties': ['error', PROCESS_ENV],
      'no-restricted-imports': ['error', { paths: [FORWARD_REF] }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    files: ['apps/*/src/config/**/*.ts', 'test/support/environment.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['**/*.spec.ts'],
    rules: {
      // A spec is a list of sentences: describe blocks are as long as there is to say.
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 500, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    files: ['apps/*/src/**/core/**/*.ts', 'libs/contracts/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...SHAPE, ...NO_CLOCK],
      'no-restricted-properties': [
        'error',
        PROCESS_ENV,
        { object: 'Date', property: 'now', message: 'Time arrives as data.' },
        { object: 'Math', property: 'random', message: 'Chance arrives as data.' },
        { object: 'performance', property: 'now', message: 'Time arrives as data.' },
      ],
      'no-restricted-globals': [
        'error',
        ...['process', 'Buffer', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'console'],
        ...['performance', 'crypto', 'require'],
      ],
      'no-restricted-imports': [
        'error',
        { patterns: ['node:*', 'fs', 'crypto', '@nestjs/*', 'bullmq', 'ioredis', 'ws', 'undici', '@kubernetes/*'] },
      ],
    },
  },
);
