type Check = Readonly<{ status: string; message?: unknown }>;
export type ProbeResult = Readonly<{ status: string; details: Readonly<Record<string, Check>> }>;

const SIGN: Readonly<Record<string, string>> = { up: '+', degraded: '~' };

/** One line per check, as Kubernetes' own components write them: `[+]redis ok`, `[-]redis failed: …`. */
export function verboseText(name: string, result: ProbeResult): string {
  const lines = Object.entries(result.details).map(([check, detail]) => line(check, detail));
  return [...lines, `${name} check ${isPassing(result) ? 'passed' : 'failed'}`, ''].join('\n');
}

function line(check: string, { status, message }: Check): string {
  const word = status === 'up' ? 'ok' : status === 'degraded' ? 'degraded' : 'failed';
  const why = typeof message === 'string' && message !== '' ? `: ${message}` : '';
  return `[${SIGN[status] ?? '-'}]${check} ${word}${why}`;
}

/** Degraded still serves. */
export const isPassing = ({ status }: ProbeResult): boolean => status === 'ok' || status === 'degraded';
