import { Comeback } from './comeback';

const HOUR = 3_600_000;
const never = new AbortController().signal;

it('ends every wait when the server is back, also those of later outages', async () => {
  const comeback = new Comeback();
  for (let outage = 0; outage < 2; outage++) {
    const waits = [comeback.wait(HOUR, never), comeback.wait(HOUR, never)];
    comeback.announce();
    await Promise.all(waits);
  }
});

it('ends a wait when it is told to, or when its time is over', async () => {
  const comeback = new Comeback();
  await comeback.wait(1, never);
  await comeback.wait(HOUR, AbortSignal.abort());
});
