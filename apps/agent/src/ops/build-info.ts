import { version } from '../../../../package.json';

/** Version of this build, as in package.json. */
export const VERSION: string = version;
