import { eventView, SSE_HEARTBEAT, SSE_PREAMBLE, sseClosed, sseFrame, sseGap } from './event-entry';

const WHOLE = {
  ...{ id: '1700000000000-0', at: '2023-11-14T22:13:20.000Z', type: 'WaveStarted', rollout: 'r-1', cluster: 'c1' },
  ...{ reason: 'Because', message: 'it is so' },
};

describe('an entry of the event stream', () => {
  it('is shown with all that it says', () => {
    const { type, rollout, cluster, reason, message } = WHOLE;
    const fields = Object.entries({ at: '1700000000000', type, rollout, cluster, reason, message }).flat();
    expect(eventView('9-9', fields)).toEqual({ ...WHOLE, id: '9-9' });
  });

  it('that says little is of the time of its id, and about no rollout and no cluster', () => {
    const bare = { ...WHOLE, type: '', rollout: null, cluster: null, reason: '', message: '' };
    expect(eventView(WHOLE.id, [])).toEqual(bare);
    expect(eventView(WHOLE.id, ['rollout', '', 'cluster', ''])).toEqual(bare);
  });
});

describe('a stream of events', () => {
  it('has frames with an id from which a client goes on', () => {
    expect(sseFrame(WHOLE)).toBe(`id: ${WHOLE.id}\nevent: WaveStarted\ndata: ${JSON.stringify(WHOLE)}\n\n`);
  });

  it('tells of a gap, and of its end', () => {
    expect(sseGap('5-0')).toBe('event: Gap\ndata: {"lastId":"5-0"}\n\n');
    expect(sseClosed('Revoked', 'log in')).toBe('event: Closed\ndata: {"reason":"Revoked","detail":"log in"}\n\n');
  });

  it('says how soon to come back, and breathes by comments', () => {
    expect([SSE_PREAMBLE, SSE_HEARTBEAT]).toEqual(['retry: 2000\n\n', ': still here\n\n']);
  });
});
