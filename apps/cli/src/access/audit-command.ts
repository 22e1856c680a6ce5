import type { Command } from 'commander';
import type { z } from 'zod';
import type { auditView } from '@app/contracts/api/views';
import type { CommandContext, Run } from '../context';
import { Exit } from '../exit-codes';
import { UsageFailure } from '../failure';
import type { View } from '../output/core/table';
import { print } from '../output/print';

type AuditView = z.infer<typeof auditView>;
type AuditPage = Readonly<{ items: readonly AuditView[]; nextCursor: string | null }>;

const PAGE = 500;

/** `audit`: who did what. */
export function addAuditCommand(program: Command, run: Run): void {
  program
    .command('audit')
    .description('who did what, from where and why; the newest first')
    .option('--limit <number>', 'how many entries', '50')
    .action(
      run(async (context, { limit }: { limit: string }) => {
        if (!/^[1-9]\d{0,6}$/.test(limit)) throw new UsageFailure(`--limit ${limit}: must be a number from 1 on`);
        print(context, auditTable, await newest(context, Number(limit)));
        return Exit.ok;
      }),
    );
}

async function newest({ hub }: CommandContext, count: number): Promise<AuditView[]> {
  const items: AuditView[] = [];
  for (let cursor: string | undefined; items.length < count;) {
    const limit = Math.min(PAGE, count - items.length);
    const page = await hub.get<AuditPage>('/audit', { limit, cursor });
    items.push(...page.items);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  return items;
}

const auditTable: View<AuditView> = {
  name: ({ id }) => id,
  columns: [
    { header: 'AT', value: ({ at }) => at },
    { header: 'ACTOR', value: ({ actor }) => actor },
    { header: 'ACTION', value: ({ action }) => action },
    { header: 'SUBJECT', value: subjectText },
    { header: 'REASON', value: ({ reason }) => reason },
    { header: 'OUTCOME', value: ({ detail }) => outcomeText(detail) },
    { header: 'FROM', value: ({ from }) => from, wide: true },
    { header: 'DETAIL', value: ({ detail }) => JSON.stringify(detail), wide: true },
  ],
};

/** Who was refused did not do it. What was done says nothing. */
function outcomeText({ outcome, code }: AuditView['detail']): string {
  const failed = typeof outcome === 'string' && outcome !== 'done';
  return failed ? [outcome, code].filter((part) => typeof part === 'string').join(' ') : '';
}

/** What was made had no name when it was asked for. */
function subjectText({ subject, detail: { id } }: AuditView): string {
  return typeof id === 'string' && !subject.includes('/') ? `${subject}/${id}` : subject;
}
