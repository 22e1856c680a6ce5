import { fieldsOf, instantOf } from './stream';

it('the fields of an entry are its pairs; a name without a value is passed over', () => {
  expect(fieldsOf(['at', '5', 'type', 'T'])).toEqual({ at: '5', type: 'T' });
  expect(fieldsOf(['at', '5', 'type'])).toEqual({ at: '5' });
  expect(fieldsOf([])).toEqual({});
});

it('the instant of an entry is in its id, and nought where that is none', () => {
  expect(['1700000000000-0', '7-9999', '7', 'x-1', '$'].map(instantOf)).toEqual([...[1_700_000_000_000, 7, 0, 0, 0]]);
});
