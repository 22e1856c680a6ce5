import { setting } from '@test/environment';
import { cleanEnvironment } from '@test/processes/program';
import { ManagedProcess } from '@test/processes/managed-process';
import { waitFor } from '@test/wait';
import { RawKube } from '../frame/raw-kube';
import { floor } from './floor';
import { ReloaderModel } from './reloader-model';

/** The first argument of this program when it plays a peer. */
export const PEER = 'peer';
const PEERS = ['floor', 'reloader-model'] as const;
type PeerName = (typeof PEERS)[number];
const READY = 'ready';

/** Plays one peer in this process until it is killed. */
export async function playPeer([name, url = '', namespace = '']: readonly string[]): Promise<void> {
  const kube = new RawKube(url, setting('PEER_TOKEN') ?? '');
  if (name === 'floor') await floor(kube, namespace);
  else if (name === 'reloader-model') await new ReloaderModel(kube, namespace).run();
  else throw new Error(`no peer is called ${name}: there are ${PEERS.join(', ')}`);
  process.stdout.write(`${READY}\n`);
}

/** Starts a peer as a process of its own, as the others are; resolves when it watches. */
export async function startPeer(
  name: PeerName,
  { url, token }: Readonly<{ url: string; token: string }>,
  namespace: string,
): Promise<ManagedProcess> {
  const program = process.argv[1] ?? '';
  const peer = ManagedProcess.start({
    name,
    command: process.execPath,
    args: ['--enable-source-maps', program, PEER, name, url, namespace],
    env: cleanEnvironment({ PEER_TOKEN: token }),
  });
  await waitFor(`the peer ${name}`, () => failWhenEnded(peer) || peer.logs().includes(READY), {
    describe: () => peer.tail(),
  });
  return peer;
}

function failWhenEnded(peer: ManagedProcess): undefined {
  if (!peer.running) throw new Error(`the peer ${peer.spec.name} ended: ${peer.tail()}`);
}
