/** An instant in epoch milliseconds as RFC 3339, in UTC. */
export const timeText = (at: number): string => new Date(at).toISOString();

export const timeOrNull = (at: number | null): string | null => (at === null ? null : timeText(at));
