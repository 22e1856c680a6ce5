import { PEER } from './peers/peer-names';

/** A peer loads nothing of the benchmark: its memory is compared. */
async function main([first, ...rest]: readonly string[]): Promise<number> {
  if (first !== PEER) return (await import('./bench.js')).bench(process.argv.slice(2));
  await (await import('./peers/play-peer.js')).playPeer(rest);
  return new Promise<never>(() => undefined); // until it is killed
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  },
);
