// The builder's own settings, for a newer language: its default turns every private field into a WeakMap, which costs time
// and memory on every access.
const TARGET = 'es2023';

module.exports = (options) => {
  const newer = ({ loader, options: own }) => ({ loader, options: { ...own, jsc: { ...own.jsc, target: TARGET } } });
  const rules = (options.module?.rules ?? []).map((rule) => ({ ...rule, use: rule.use.map(newer) }));
  return {
    ...options,
    module: { ...options.module, rules },
    // What is loaded on demand is named as Node will find it, and stays in the one file.
    resolve: { ...options.resolve, extensionAlias: { '.js': ['.ts', '.js'] } },
    output: { ...options.output, asyncChunks: false },
  };
};
