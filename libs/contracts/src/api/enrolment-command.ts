/** Stands in an enrolment command where a hub that has no public address would name itself. */
export const HUB_URL_UNKNOWN = '<URL of this hub>';
