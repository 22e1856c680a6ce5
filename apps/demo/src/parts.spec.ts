import { Parts } from './parts';

describe('the parts of the demo', () => {
  const complaints: string[] = [];
  const complain = (text: string): void => void complaints.push(text);
  const stopped: string[] = [];
  const part = (parts: Parts, name: string, begin: Promise<unknown> = Promise.resolve()): Promise<unknown> =>
    parts.start(
      () => begin,
      () => Promise.resolve(stopped.push(name)),
    );
  beforeEach(() => {
    stopped.length = 0;
    complaints.length = 0;
  });

  it('are stopped, the last first', async () => {
    const parts = new Parts();
    await part(parts, 'redis');
    await part(parts, 'hub');
    await parts.stop(complain);
    expect(stopped).toEqual(['hub', 'redis']);
  });

  it('are stopped too when they are half started, and none is started any more', async () => {
    const parts = new Parts();
    let begun = (): void => undefined;
    void part(parts, 'agent', new Promise<void>((resolve) => (begun = resolve)));
    const stopping = parts.stop(complain);
    await expect(part(parts, 'late')).rejects.toThrow('the demo ends');
    begun();
    await stopping;
    expect(stopped).toEqual(['agent']);
  });

  it('are stopped although others did not start or did not stop', async () => {
    const parts = new Parts();
    await part(parts, 'redis');
    await parts.start(
      () => Promise.resolve(),
      () => Promise.reject(new Error('stuck')),
    );
    await expect(part(parts, 'hub', Promise.reject(new Error('no port')))).rejects.toThrow('no port');
    await parts.stop(complain);
    expect(stopped).toEqual(['redis']);
    expect(complaints).toEqual(['could not stop a part: Error: stuck']);
  });
});
