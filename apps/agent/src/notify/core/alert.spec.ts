import { alertLetter, alertText, isTaken, type AlertSink } from './alert';

const ALERT = {
  source: { kind: 'ConfigMap', namespace: 'shop', name: 'app' },
  workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
} as const;
const SENTENCE =
  'Reloader detected changes in *app* of type *CONFIGMAP* in namespace *shop*. ' +
  'Hence reloaded *web* of type *Deployment* in namespace *shop*';

it('an alert is the sentence that people have rules on, with their own words before it', () => {
  expect(alertText(ALERT, null)).toBe(SENTENCE);
  expect(alertText(ALERT, 'prod')).toBe(`prod : ${SENTENCE}`);
});

it('each sink gets it in its own form', () => {
  const slack = { attachments: [{ text: 'a *b*', color: 'good', author_name: 'Reloader' }] };
  const json = (body: object) => ({ contentType: 'application/json', body: JSON.stringify(body) });
  expect(alertLetter('slack', 'a *b*')).toEqual(json(slack));
  expect(alertLetter('teams', 'a *b*')).toEqual(json({ text: 'a *b*' }));
  expect(alertLetter('gchat', 'a *b*')).toEqual(json({ text: 'a *b*' }));
  expect(alertLetter('raw', 'a *b* *c*')).toEqual({ contentType: 'text/plain', body: 'a b c' });
});

it.each<[AlertSink, number[]]>([
  ['slack', [200, 204, 299]],
  ['raw', [200, 204, 299]],
  ['teams', [200]],
  ['gchat', [200]],
])('%s has taken it with %j', (sink, good) => {
  expect([199, 200, 204, 299, 300, 302, 500].filter((status) => isTaken(sink, status))).toEqual(good);
});
