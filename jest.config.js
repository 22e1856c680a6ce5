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
  workerIdleMemoryLimit: '512MB',
  projects: [
    { ...common, displayName: 'unit', testRegex: '(apps|libs|test)/.*(?<!\\.(int|e2e|docker))\\.spec\\.ts$' },
    { ...common, displayName: 'int', testRegex: '\\.int\\.spec\\.ts$' },
    { ...common, displayName: 'e2e', testRegex: '\\.e2e\\.spec\\.ts$' },
    { ...common, displayName: 'docker', testRegex: '\\.docker\\.spec\\.ts$' },
  ],
};
