import type { z } from 'zod';

const MOST_FAULTS = 5;
/** What is wrong may be a name as long as the frame. */
const LONGEST_FAULT = 200;

/** What is wrong with a frame that its schema does not take: the first few faults, in short, each with where it is. */
export const frameFaults = (error: z.ZodError): string =>
  error.issues
    .slice(0, MOST_FAULTS)
    .map(({ path, message }) => `/${path.join('/')}: ${message}`.slice(0, LONGEST_FAULT))
    .join('; ');
