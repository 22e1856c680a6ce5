import { createHash, generateKeyPairSync, sign } from 'node:crypto';

export type Certificate = Readonly<{ cert: string; key: string }>;

const ECDSA_SHA256 = '06082a8648ce3d040302';
const COMMON_NAME = '0603550403';
const BASIC_CONSTRAINTS = '0603551d13';
const SUBJECT_ALT_NAME = '0603551d11';

/** A certificate for 127.0.0.1 that is its own authority, good for a day. PEM. */
export function selfSigned(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = sequence(hex(ECDSA_SHA256));
  const name = sequence(der(0x31, sequence(hex(COMMON_NAME), der(0x0c, Buffer.from('fleet-reloader test')))));
  const validity = sequence(time(Date.now() - 3_600_000), time(Date.now() + 86_400_000));
  const authority = sequence(hex(BASIC_CONSTRAINTS), der(0x04, sequence(der(0x01, Buffer.from([0xff])))));
  const address = sequence(hex(SUBJECT_ALT_NAME), der(0x04, sequence(der(0x87, Buffer.from([127, 0, 0, 1])))));
  const serial = der(
    0x02,
    Buffer.concat([Buffer.from([1]), createHash('sha256').update(spki).digest().subarray(0, 8)]),
  );
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const extensions = der(0xa3, sequence(authority, address));
  const body = sequence(version, serial, algorithm, name, validity, name, spki, extensions);
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]));
  return {
    cert: pem('CERTIFICATE', sequence(body, algorithm, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** One DER value: tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** UTCTime: YYMMDDhhmmssZ. */
const time = (at: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

const pem = (label: string, content: Buffer): string =>
  `-----BEGIN ${label}-----\n${(content.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;
