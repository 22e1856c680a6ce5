import type { Spread } from './statistics';

/** `12.3 (11.0–14.1)` */
export const around = ({ median: middle, min, max }: Spread): string =>
  `${middle.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`;
