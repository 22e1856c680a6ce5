import { version } from '../../../../package.json';

/** Version of this build, as in package.json. */
export const VERSION: string = version;

/** Edition of the time zone rules by which windows open and close. */
export const TZDATA: string = process.versions.tz ?? 'unknown';
