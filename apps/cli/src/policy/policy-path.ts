export const policyPath = (name: string): string => `/policies/${encodeURIComponent(name)}`;
