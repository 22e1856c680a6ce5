import { connect } from 'node:net';
import { waitFor } from '../wait';

/** Waits until the server answers PING, or asks for a password: while it still loads its file it answers LOADING instead. */
export async function waitUntilItServes(port: number, host: string, stillRuns: () => true): Promise<void> {
  await waitFor(`Redis on port ${port}`, async () => stillRuns() && (await answersPing(port, host)), {
    timeoutMs: 15_000,
    intervalMs: 20,
  });
}

function answersPing(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.once('error', () => done(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => done(/^(\+PONG|-NOAUTH)/.test(data.toString())));
    socket.once('close', () => done(false));
  });
}
