import { z } from 'zod';
import { DNS_LABEL } from '../objects';

const PREFIX = 'webhook:';

/** The form of a receiver's name. */
export const isReceiverName = (name: string): boolean => DNS_LABEL.test(name);
/** As a policy names the receiver. */
export const receiverText = (name: string): string => PREFIX + name;

const receiver = z
  .string()
  .regex(
    new RegExp(DNS_LABEL.source.replace('^', `^${PREFIX}`)),
    'must be `webhook:` and the name of a receiver, such as webhook:pager',
  )
  .meta({ description: '`webhook:` and the name of a receiver of the hub, such as webhook:pager' });

/** Who is told; which receivers there are is for the hub to say. */
export const notifySpec = z
  .array(receiver)
  .min(1, 'is empty: name receivers, or leave it out')
  .max(16)
  .refine((names) => new Set(names).size === names.length, 'names a receiver twice');

/** Names of the receivers that a policy has told of a halt. */
export const haltWebhooksOf = (
  onHalt: Readonly<{ notify?: z.infer<typeof notifySpec> | undefined }> | undefined,
): Readonly<{ haltWebhooks?: readonly string[] }> =>
  onHalt?.notify ? { haltWebhooks: onHalt.notify.map((text) => text.slice(PREFIX.length)) } : {};
