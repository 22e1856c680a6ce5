/** Kubernetes' MicroTime: exactly six digits behind the point. `at`: epoch ms. */
export const microTime = (at: number): string => new Date(at).toISOString().replace('Z', '000Z');
