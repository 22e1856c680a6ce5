import { NotFoundException } from '@nestjs/common';
import { StoreUnavailable } from '../platform/redis';
import { Problem, problemBody } from './core/problem';
import { ProblemTranslator } from './problem-translator';

describe('errors as problems', () => {
  class Known extends Error {}
  const translator = new ProblemTranslator([
    (error) => (error instanceof Known ? new Problem(409, 'KNOWN', 'known') : undefined),
  ]);

  it('come from the first that knows them', () => {
    expect(translator.problemOf(new Problem(400, 'X', 'x'))).toMatchObject({ status: 400, code: 'X' });
    expect(translator.problemOf(new Known())).toMatchObject({ status: 409, code: 'KNOWN' });
    expect(translator.problemOf(new NotFoundException())).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(translator.problemOf(new StoreUnavailable(new Error('gone')))).toMatchObject({
      status: 503,
      more: { headers: { 'Retry-After': '2' } },
    });
    const full = new StoreUnavailable(new Error('OOM command not allowed. script: 1234, on @user_script:12.'));
    expect(translator.problemOf(full)).toMatchObject({
      status: 503,
      message: expect.stringContaining('Redis refuses what the hub asks: OOM command not allowed. Nothing is known'),
    });
  });

  it('tell nothing of what nobody foresaw', () => {
    const problem = translator.problemOf(new Error('password hunter2 at /srv/hub.ts'));
    expect(problem.status).toBe(500);
    expect(JSON.stringify(problemBody(problem, 'id-1'))).not.toMatch(/hunter2|srv/);
    expect(translator.problemOf(Object.assign(new Error('inner'), { statusCode: 502 })).status).toBe(500);
  });

  it('have the members that clients rely on', () => {
    const refused = new Problem(409, 'PHASE', 'no', {
      allowed: ['resume'],
      phase: 'Paused',
      errors: [{ pointer: '/a', detail: 'b' }],
    });
    expect(problemBody(refused, 'id-1')).toEqual({
      ...{ type: 'urn:fleet-reloader:problem:PHASE', title: 'Conflict', status: 409, detail: 'no', requestId: 'id-1' },
      ...{ errors: [{ pointer: '/a', detail: 'b' }], allowed: ['resume'], phase: 'Paused' },
    });
  });
});
