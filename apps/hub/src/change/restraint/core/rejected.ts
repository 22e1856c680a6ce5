/** Whom marks of revisions name that no rollout is to carry: they came while one was under way (`supersede.policy: reject`). */
export const REJECTED = 'rejected';
