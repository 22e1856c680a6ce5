import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { load, machine } from './frame/machine';
import { asSection, asText, withSection } from './frame/report';
import type { Outcome, Scenario } from './frame/scenario';
import { SCENARIOS } from './scenarios/registry';

const PAGE = 'docs/benchmarks.md';
const USAGE = `usage: npm run bench -- [SCENARIO…] [--list] [--rounds N] [--changes N] [--full] [--json FILE] [--write]
  SCENARIO    B1, …; without one all of them
  --list      what there is
  --rounds    rounds that count, after a warm-up (default 5)
  --changes   changes per program and round, where a scenario counts in changes (default 60)
  --full      sizes that take longer than minutes, too
  --json      writes the results into this file
  --write     writes the results into ${PAGE}
Exits with 1 when a state was never reached. A target that was missed is told and is no failure.`;

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs what the command line asks for. @returns the exit code. */
export async function bench(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args);
  if (values.help) print(USAGE);
  else if (values.list) for (const { id, title } of SCENARIOS) print(`${id.padEnd(4)} ${title}`);
  else return runAll(chosen(positionals), values);
  return 0;
}

function readArguments(args: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(args);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`, { cause: error });
  }
}

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      list: { type: 'boolean' },
      rounds: { type: 'string', default: '5' },
      changes: { type: 'string', default: '60' },
      full: { type: 'boolean', default: false },
      json: { type: 'string' },
      write: { type: 'boolean' },
    },
  });

type Values = ReturnType<typeof parse>['values'];

function chosen(ids: readonly string[]): readonly Scenario[] {
  const unknown = ids.find((id) => !SCENARIOS.some((scenario) => scenario.id === id.toUpperCase()));
  if (unknown !== undefined) {
    throw new Error(`there is no scenario ${unknown}; there are ${SCENARIOS.map(({ id }) => id).join(', ')}`);
  }
  const wanted = ids.map((id) => id.toUpperCase());
  return wanted.length === 0 ? SCENARIOS : SCENARIOS.filter(({ id }) => wanted.includes(id));
}

async function runAll(scenarios: readonly Scenario[], values: Values): Promise<number> {
  const options = {
    rounds: positive('rounds', values.rounds),
    changes: positive('changes', values.changes),
    full: values.full,
    say,
  };
  const outcomes = new Map<string, Outcome>();
  for (const scenario of scenarios) {
    say(`${scenario.id}: ${scenario.title}`);
    const busy = load();
    const outcome = await scenario.run(options);
    outcomes.set(scenario.id, outcome);
    print(asText(scenario, outcome));
    if (values.write) writePage(scenario, outcome, { rounds: options.rounds, load: busy });
  }
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ machine: machine(), ...Object.fromEntries(outcomes) }, null, 2)}\n`);
  }
  return [...outcomes.values()].some(({ missed }) => missed.length > 0) ? 1 : 0;
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name}: "${text}" is no whole number above 0`);
  return number;
}

function writePage(scenario: Scenario, outcome: Outcome, seen: Readonly<{ rounds: number; load: number }>): void {
  const day = new Date().toISOString().slice(0, 10);
  const section = asSection(scenario, outcome, { machine: machine(), day, ...seen });
  writeFileSync(PAGE, withSection(readOrEmpty(PAGE), scenario.id, section));
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
