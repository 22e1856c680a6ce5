import type { ListName } from './case-names';

/**
 * How the agent stands to Stakater Reloader in a case. `same`: who swaps one for the other sees no difference. `better`:
 * what Reloader leaves undone or does wrong is done. `different`: something else happens, on purpose.
 */
export type Relation = 'same' | 'better' | 'different';

export type Case = Readonly<{ what: string; relation?: Relation }>;

/** All cases of one list by their numbers, in short. */
export type CaseList = Readonly<Record<number, Case>>;

export type CaseLists = Readonly<Record<ListName, CaseList>>;
