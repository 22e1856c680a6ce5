import { Lanes } from './lanes';

const gate = (): { open: () => void; opened: Promise<void> } => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
};

describe('lanes', () => {
  it('runs what has the same key in order, past a failure', async () => {
    const lanes = new Lanes();
    const seen: number[] = [];
    const first = lanes.run('a', () => Promise.reject(new Error('broken')));
    const second = lanes.run('a', () => Promise.resolve(seen.push(2)));
    await expect(first).rejects.toThrow('broken');
    await second;
    expect(seen).toEqual([2]);
  });

  it('lets other keys pass', async () => {
    const lanes = new Lanes();
    const { open, opened } = gate();
    const slow = lanes.run('a', () => opened);
    await expect(lanes.run('b', () => Promise.resolve('through'))).resolves.toBe('through');
    open();
    await slow;
  });

  it('shares a look that has not begun, and never one that has', async () => {
    const lanes = new Lanes();
    const { open, opened } = gate();
    let looks = 0;
    const look = async (): Promise<number> => {
      looks += 1;
      await opened;
      return looks;
    };
    const running = lanes.shared('a', look);
    await Promise.resolve();
    const asked = [lanes.shared('a', look), lanes.shared('a', look), lanes.shared('a', look)];
    open();
    await Promise.all([running, ...asked]);
    expect(looks).toBe(2);
  });
});
