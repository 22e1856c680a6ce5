import { request } from 'node:https';

/** An administrator's way into an API server. */
export interface ApiAccess {
  readonly port: number;
  readonly token: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** One call. Resolves with undefined when no answer comes: a server that is starting is no error here. */
export function apiCall(access: ApiAccess, path: string, post?: object): Promise<ApiAnswer | undefined> {
  return new Promise((resolve) => {
    const call = request(
      {
        ...{ host: '127.0.0.1', port: access.port, path, method: post ? 'POST' : 'GET' },
        headers: { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' },
        rejectUnauthorized: false, // its certificate is what we wait for
        agent: false,
        timeout: 5_000,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.once('error', () => resolve(undefined));
      },
    );
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve(undefined));
    call.end(post ? JSON.stringify(post) : undefined);
  });
}
