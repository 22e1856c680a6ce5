/** Key of a source, or of a group of them, under one policy: at most one rollout at a time carries its changes. */
export type Place = Readonly<{ policy: string; source: string }>;
