const common = {
  rootDir: __dirname,
  testEnvironment: 'node',
  moduleNameMapper: {
    '^@app/contracts/(.*)$': '<rootDir>/libs/contracts/src/$1',
    '^@test/(.*)$': '<rootDir>/test/support/$1',
  },
  transform: { '^.+\\.ts$': 'ts-jest' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

/** The suffix of a spec says what it needs: nothing, a Redis, real API servers, a container engine. */
module.exports = {
  // Modules loaded in Node's vm are never freed; a worker that has grown this large is replaced.
  workerIdleMemoryLimit: '512MB',
  projects: [
    { ...common, displayName: 'unit', testRegex: '(apps|libs|test)/.*(?<!\\.(int|e2e|docker))\\.spec\\.ts$' },
    {
      ...common,
      displayName: 'int',
      testRegex: '\\.int\\.spec\\.ts$',
      setupFilesAfterEnv: ['<rootDir>/test/support/time-limit-int.ts'],
      setupFiles: ['<rootDir>/test/support/redis/containers-first.ts'],
    },
    {
      ...common,
      displayName: 'e2e',
      testRegex: '\\.e2e\\.spec\\.ts$',
      setupFilesAfterEnv: ['<rootDir>/test/support/time-limit-e2e.ts'],
      globalSetup: '<rootDir>/test/support/control-plane/global-setup.ts',
    },
    { ...common, displayName: 'docker', testRegex: '\\.docker\\.spec\\.ts$', testTimeout: 300_000 },
  ],
};
