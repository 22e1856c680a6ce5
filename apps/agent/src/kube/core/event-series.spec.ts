import type { ObjectEvent } from '../kube.port';
import { EventSeries } from './event-series';
import { microTime } from './micro-time';

const event = (note: string, name = 'web'): ObjectEvent => ({
  regarding: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'n', name, uid: `uid-${name}` },
  type: 'Normal',
  reason: 'Reloaded',
  action: 'Restart',
  note,
});

describe('EventSeries', () => {
  it('counts repeats of the same about the same object', () => {
    const series = new EventSeries();
    const first = series.observe(event('x'), 0);
    expect(series.observe(event('x'), 1000)).toBe(first);
    expect(first).toMatchObject({ count: 2, firstAt: 0, lastAt: 1000 });
    expect(series.observe(event('y'), 1000)).toMatchObject({ count: 1 });
    expect(series.observe(event('x', 'other'), 1000)).toMatchObject({ count: 1 });
  });

  it('tells apart what reads the same when it is joined', () => {
    const series = new EventSeries();
    series.observe({ ...event('web has started'), reason: 'Restart' }, 0);
    expect(series.observe({ ...event(' has started'), reason: 'Restartweb' }, 1).count).toBe(1);
  });

  it('begins anew after a long silence, under another name', () => {
    const series = new EventSeries();
    const first = series.observe(event('x'), 0);
    const second = series.observe(event('x'), 10 * 60_000);
    expect(second.count).toBe(1);
    expect(second.name).not.toBe(first.name);
  });

  it('begins anew when the clock was set back by hours', () => {
    const series = new EventSeries();
    series.observe(event('x'), 6 * 3_600_000);
    expect(series.observe(event('x'), 0).count).toBe(1);
  });

  it('forgets the oldest beyond its bound', () => {
    const series = new EventSeries();
    series.observe(event('first'), 0);
    for (let n = 0; n < 600; n++) series.observe(event(`note ${n}`), 1);
    expect(series.observe(event('first'), 2).count).toBe(1);
    expect(series.observe(event('note 599'), 2).count).toBe(2);
  });

  it('is over after six minutes of silence, and holds 512 at a time', () => {
    const series = new EventSeries();
    series.observe(event('x'), 0);
    expect(series.observe(event('x'), 359_999).count).toBe(2);
    expect(series.observe(event('x'), 719_999).count).toBe(1);
    const many = new EventSeries();
    for (let n = 0; n < 512; n++) many.observe(event(`note ${n}`), 1);
    expect(many.observe(event('note 0'), 2).count).toBe(2);
  });

  it('has its times in the form of Kubernetes', () => {
    expect(microTime(1)).toBe('1970-01-01T00:00:00.001000Z');
  });
});
