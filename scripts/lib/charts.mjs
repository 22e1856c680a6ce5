// What is made of the charts' values and of the agent's flags for readers, and whether that is up to date.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { isMap, isScalar, parseDocument } from 'yaml';
import { ROOT } from './project.mjs';

const DEPLOY = join(ROOT, 'deploy');
const FLAGS_DOCUMENT = join(ROOT, 'docs', 'agent.md');

/** The directories of the charts. */
export function charts() {
  return readdirSync(DEPLOY)
    .map((name) => join(DEPLOY, name))
    .filter((directory) => existsSync(join(directory, 'Chart.yaml')));
}

/** Values files that a chart is tried with. */
export function triedValues(chart) {
  const directory = join(chart, 'ci');
  return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
}

/** Every generated file with the content that it should have. */
export async function generated() {
  const files = [];
  for (const chart of charts()) files.push(await formatted(join(chart, 'README.md'), readmeOf(chart)));
  const document = readFileSync(FLAGS_DOCUMENT, 'utf8');
  files.push(await formatted(FLAGS_DOCUMENT, replaceBetween(document, 'flags', await flagTable())));
  return files;
}

async function formatted(path, text) {
  const options = await prettier.resolveConfig(path);
  return { path, content: await prettier.format(text, { ...options, filepath: path }) };
}

function readmeOf(chart) {
  const { contents: about } = parseDocument(readFileSync(join(chart, 'Chart.yaml'), 'utf8'));
  const intro = join(chart, 'README.intro.md');
  const text = existsSync(intro) ? readFileSync(intro, 'utf8') : '';
  const head = `# ${about.get('name')}\n\n${about.get('description')}\n\n${text}`;
  return `${head}\n## Values\n\nMade from the comments of \`values.yaml\`.\n\n${valueTables(chart)}`;
}

/** One table per section of values.yaml. */
function valueTables(chart) {
  const document = parseDocument(readFileSync(join(chart, 'values.yaml'), 'utf8'));
  const lines = [];
  const undocumented = [];
  const visit = (map, path) => {
    for (const { key, value } of map.items) {
      const { section, meaning } = commentOf(map, key);
      const name = [...path, key.value].join('.');
      if (section) lines.push('', `### ${section}`, '', '| value | default | meaning |', '| --- | --- | --- |');
      if (meaning) lines.push(`| \`${name}\` | ${literal(value)} | ${meaning.replaceAll('|', '\\|')} |`);
      else if (isMap(value)) visit(value, [...path, key.value]);
      else undocumented.push(name);
    }
  };
  visit(document.contents, []);
  if (undocumented.length > 0) throw new Error(`${chart}: values without a comment: ${undocumented.join(', ')}`);
  return `${lines.join('\n')}\n`;
}

/** The comment above a first key belongs to its map. */
function commentOf(map, key) {
  const above = map.items[0].key === key ? map.commentBefore : undefined;
  const comment = `${above ?? ''}\n${key.commentBefore ?? ''}`;
  const meaning = /--\s([^]*)$/.exec(comment)?.[1];
  return { section: /@section (.+)/.exec(comment)?.[1], meaning: meaning?.replace(/\n\s*/g, ' ').trim() };
}

function literal(value) {
  const text = JSON.stringify(isScalar(value) ? value.value : value.toJSON());
  return text === '""' ? '' : `\`${text}\``;
}

async function flagTable() {
  const { FLAG_HELP } = await import('../../apps/agent/src/config/core/flag-help.ts');
  const rows = Object.entries(FLAG_HELP).map(
    ([flag, { fallback, meaning, example }]) =>
      `| \`--${flag}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${meaning.replaceAll('|', '\\|')} | \`${example}\` |`,
  );
  return ['| flag | default | meaning | example |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function replaceBetween(document, name, text) {
  const [begin, end] = [`<!-- ${name}: made by scripts/charts.mjs -->`, `<!-- end of ${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/agent.md has no place for ${name}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}
