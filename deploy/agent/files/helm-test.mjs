// Run by `helm test` in the agent's own image and as its ServiceAccount: is the agent ready, and may it do its work?
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const { READY_URL, CHECKS, KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT } = process.env;
const ACCOUNT = process.env.ACCOUNT_DIRECTORY ?? '/var/run/secrets/kubernetes.io/serviceaccount';
const API = process.env.API_SERVER ?? `https://${KUBERNETES_SERVICE_HOST}:${KUBERNETES_SERVICE_PORT}`;
const TRIES = 30;
const PAUSE_MS = 1000;

const failures = [];

async function readiness() {
  let last = '';
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      const answer = await fetch(READY_URL, { signal: AbortSignal.timeout(5000) });
      last = `${answer.status}\n${await answer.text()}`;
      if (answer.ok) return console.log(`ok    ${READY_URL}\n${last}`);
    } catch (error) {
      last = String(error.cause ?? error);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  failures.push(`${READY_URL}: ${last}`);
}

function review(attributes) {
  const body = JSON.stringify({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: attributes },
  });
  const options = {
    method: 'POST',
    ca: readFileSync(`${ACCOUNT}/ca.crt`),
    headers: {
      authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, 'utf8').trim()}`,
      'content-type': 'application/json',
    },
    timeout: 10_000,
  };
  return new Promise((resolve, reject) => {
    const call = request(`${API}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      answer.on('end', () =>
        answer.statusCode === 201 ? resolve(JSON.parse(text).status.allowed === true) : reject(new Error(text)),
      );
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    call.end(body);
  });
}

async function rights() {
  for (const { namespace, group, resource, verbs } of JSON.parse(CHECKS)) {
    for (const verb of verbs) {
      const what = `${verb} ${resource}${group === '' ? '' : `.${group}`} in ${namespace || 'all namespaces'}`;
      try {
        if (await review({ namespace, group, resource, verb })) console.log(`ok    ${what}`);
        else failures.push(`may not ${what}: its Role is missing or was changed`);
      } catch (error) {
        failures.push(`${what}: ${error.message}`);
      }
    }
  }
}

await rights();
await readiness();
for (const failure of failures) console.error(`FAIL  ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
