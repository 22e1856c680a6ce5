const newerLanguage = require('../../rspack.config.js');

/**
 * One file with all that the agent runs: what its libraries hold and the agent never uses would fill memory in every
 * cluster. Two stay outside, loaded where they are asked for: logs for people, and credentials by plugin.
 */
const ON_DEMAND = [/^@kubernetes\/client-node$/, /^pino-pretty$/];

/** What the libraries load at once for uses that the agent has none of: clusters of processes, threads, a push gateway. */
const UNUSED = /^(\.\/lib\/(cluster|worker|pushgateway|defaultMetrics)|thread-stream)$/;
const NOTHING = 'data:text/javascript,module.exports={}';

// Whoever reads a stack needs names.
const NAMES = { keep_classnames: true, keep_fnames: true };

module.exports = (options, rspack) => ({
  ...newerLanguage(options),
  // Whoever needs positions has the map beside the program; read by the process it would take 25 MB.
  devtool: options.devtool && 'hidden-source-map',
  externals: ON_DEMAND,
  plugins: [...options.plugins, new rspack.NormalModuleReplacementPlugin(UNUSED, NOTHING)],
  optimization: {
    ...options.optimization,
    providedExports: true,
    usedExports: true,
    sideEffects: true,
    innerGraph: true,
    concatenateModules: true,
    minimize: true,
    minimizer: [
      new rspack.SwcJsMinimizerRspackPlugin({
        // ASCII, because V8 keeps any other source at two bytes per character.
        minimizerOptions: { mangle: NAMES, compress: NAMES, format: { ascii_only: true } },
      }),
    ],
  },
});
