import { readZipEntry } from './zip';

/** Two files: a/stored.txt as it is, b/packed.txt deflated. */
const ARCHIVE = Buffer.from(
  [
    'UEsDBBQAAAAAAAAAIVyzJE6WCAAAAAgAAAAMAAAAYS9zdG9yZWQudHh0YXMgaXQgaXNQSwMEFAAAAAgAAAAhXB+odJUPAAAAyAAA',
    'AAwAAABiL3BhY2tlZC50eHRLTE/MzFNIzEtRSBzSLABQSwECFAMUAAAAAAAAACFcsyROlggAAAAIAAAADAAAAAAAAAAAAAAAgAEA',
    'AAAAYS9zdG9yZWQudHh0UEsBAhQDFAAAAAgAAAAhXB+odJUPAAAAyAAAAAwAAAAAAAAAAAAAAIABMgAAAGIvcGFja2VkLnR4dFBL',
    'BQYAAAAAAgACAHQAAABrAAAAAAA=',
  ].join(''),
  'base64',
);

describe('reading one file of a zip archive', () => {
  it('gives a stored file', () => {
    expect(readZipEntry(ARCHIVE, (name) => name === 'a/stored.txt').toString()).toBe('as it is');
  });

  it('gives a packed file', () => {
    expect(readZipEntry(ARCHIVE, (name) => name.endsWith('packed.txt')).toString()).toBe('again and '.repeat(20));
  });

  it('fails when there is no such file, or no archive', () => {
    expect(() => readZipEntry(ARCHIVE, () => false)).toThrow('no such file');
    expect(() => readZipEntry(Buffer.from('something else'), () => true)).toThrow('no zip archive');
  });
});
