import { ManagedProcess } from '@test/processes/managed-process';
import { cleanEnvironment } from '@test/processes/program';
import { waitFor } from '@test/wait';
import { PEER, type PeerName, READY } from './peer-names';

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
    args: [program, PEER, name, url, namespace],
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
