import { Agent } from './agent';
import { makeObservers } from './agent-observers';
import { type Base, makeBase } from './agent-parts';
import { agentConfigOfProcess, describeConfig, type AgentConfig } from './config/agent-config';
import { VERSION } from './ops/build-info';
import { makeLogger } from './ops/logger';
import { Metrics } from './ops/metrics';

const EXIT_CONFIG = 78;
const EXIT_LOST = 1;
/** For whoever runs us to see at the probes that the leadership is lost, and to start us anew. */
const LOST_MS = 60_000;
/** The same, once it is known that nobody has taken the lead: then changes wait for our new start. */
const VACANT_MS = 10_000;
/** After this the process ends without what is left: the next start finds it again in the cluster. */
const STOP_MS = 9000;

const exitAfter = (ms: number): void => void setTimeout(() => process.exit(EXIT_LOST), ms).unref();

async function runWith(config: AgentConfig): Promise<void> {
  const log = await makeLogger({ level: config.flags.logLevel, format: config.flags.logFormat });
  const lost = (why: string): void => {
    log.error({ why }, 'the leadership is lost: nothing is done any more');
    void agent.standDown();
    exitAfter(LOST_MS);
    void base.elector?.untilVacant().then(() => exitAfter(VACANT_MS));
  };
  const observers = makeObservers(config, log);
  const metrics = new Metrics(VERSION, observers.reloader);
  const base: Base = makeBase(config, { log, metrics, observers, lost });
  const agent = new Agent(base);
  log.info({ version: VERSION, config: describeConfig(config) }, 'starting');
  for (const warning of config.warnings) log.warn(warning);

  const stop = (signal: string): void => {
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.warn('what is under way did not end in time');
      process.exit(0);
    }, STOP_MS).unref();
    void agent.stop().then(() => {
      log.info('stopped');
      process.exit(0);
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // A state that nobody foresaw must not go on; whoever runs us starts us again, and nothing is lost by that.
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'unhandled error');
    process.exit(1);
  });
  await agent.start();
}

/** Reads the configuration, and runs until a signal ends it. */
export function run(): void {
  const result = agentConfigOfProcess();
  if (result.ok) return void runWith(result.config);
  process.stderr.write(
    `The configuration has problems:\n${result.problems.map((problem) => `  ${problem}\n`).join('')}`,
  );
  process.exitCode = EXIT_CONFIG;
}
