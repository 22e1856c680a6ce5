import { setting } from '@test/environment';
import { RawKube } from '../frame/raw-kube';
import { bareWatch, floor } from './floor';
import { PEERS, READY } from './peer-names';
import { ReloaderModel } from './reloader-model';

/** Plays one peer in this process until it is killed. */
export async function playPeer([name, url = '', namespace = '']: readonly string[]): Promise<void> {
  const token = setting('PEER_TOKEN') ?? '';
  const kube = new RawKube(url, token);
  if (name === 'floor') await floor(kube, namespace);
  else if (name === 'reloader-model') await new ReloaderModel(kube, namespace).run();
  else if (name === 'naive-informer') await (await import('./naive-informer.js')).naiveInformer(url, token);
  else if (name === 'bare-watch') await bareWatch(kube);
  else if (name === 'nothing') setInterval(() => undefined, 60_000);
  else throw new Error(`no peer is called ${name}: there are ${PEERS.join(', ')}`);
  process.stdout.write(`${READY}\n`);
}
