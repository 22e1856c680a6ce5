import type { Effect, Rollout, Target, Wave } from '../../../apps/hub/src/rollout/core/model';
import { HOUR, MINUTE, SECOND } from './fixtures';

/** `1h20m5s`. */
export function agoText(length: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['h', HOUR],
    ['m', MINUTE],
    ['s', SECOND],
    ['ms', 1],
  ];
  let rest = length;
  const parts = units.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? [`${count}${unit}`] : [];
  });
  return parts.join('') || '0s';
}

const whyText = ({ reason, message }: Readonly<{ reason: string; message: string }>): string =>
  reason === '' && message === '' ? '' : ` (${[reason, message].filter(Boolean).join(': ')})`;

export function effectText(effect: Effect): string {
  switch (effect.type) {
    case 'dispatch':
      return `  dispatch ${effect.cluster} attempt ${effect.attempt} [${effect.key}]`;
    case 'revoke':
      return `  revoke ${effect.cluster} fence ${effect.fence} [${effect.key}]`;
    case 'announce':
      return `  ${effect.subject} ${effect.name} ${effect.phase}${whyText(effect)}`;
  }
}

/** Everything that matters of a rollout, one line for each part. */
export function stateText(rollout: Rollout): string {
  const waves = rollout.waves.flatMap((wave) => waveText(rollout, wave));
  return [`${rollout.id} ${rollout.phase}${whyText(rollout)}`, ...waves].map((line) => `${line}\n`).join('');
}

function waveText(rollout: Rollout, wave: Wave): readonly string[] {
  const limits = `concurrency ${wave.maxConcurrency}, failures ${wave.maxFailures}`;
  const targets = wave.clusters.flatMap((cluster) => rollout.targets.get(cluster) ?? []);
  const gates = (wave.gates ?? []).map(({ rule, state, ...why }) => {
    return `    gate ${rule.side} ${rule.name} ${state}${whyText(why)}`;
  });
  return [`  wave ${wave.name} ${wave.phase}${whyText(wave)}, ${limits}`, ...gates, ...targets.flatMap(targetText)];
}

function targetText(target: Target): readonly string[] {
  const attempt = target.attempt > 0 ? `, attempt ${target.attempt}` : '';
  const restarts = target.restarts.map(
    (restart) => `      ${restart.workload.name} ${restart.phase}${whyText(restart)}`,
  );
  return [`    ${target.cluster} ${target.phase}${whyText(target)}${attempt}`, ...restarts];
}
