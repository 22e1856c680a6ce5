import { changeLabels, LabelTextError, parseLabels } from './label-changes';

describe('labels as people write them', () => {
  it('are pairs between commas', () => {
    expect(parseLabels('env=prod, timezone=Europe/Berlin,note=a=b,empty=')).toEqual({
      env: 'prod',
      timezone: 'Europe/Berlin',
      note: 'a=b',
      empty: '',
    });
    expect(parseLabels('')).toEqual({});
  });

  it.each(['env', '=prod', 'a=1,b'])('%s is none', (text) => {
    expect(() => parseLabels(text)).toThrow(LabelTextError);
  });

  it('are set and removed one by one; the others stay', () => {
    expect(changeLabels({ env: 'dev', tier: '1' }, ['env=prod', 'tier-', 'region=eu-'])).toEqual({
      env: 'prod',
      region: 'eu-',
    });
    expect(() => changeLabels({}, ['env'])).toThrow(LabelTextError);
  });
});
