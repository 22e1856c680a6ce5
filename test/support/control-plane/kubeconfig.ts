/** Whom a kubeconfig speaks as, to whom. Both certificates are PEM; without one the server's is not verified. */
export interface KubeconfigFacts {
  readonly name: string;
  readonly server: string;
  readonly token: string;
  readonly certificateAuthority?: string;
}

/** A kubeconfig file as JSON, which every reader of its YAML understands. */
export function kubeconfig({ name, server, token, certificateAuthority }: KubeconfigFacts): string {
  const trust =
    certificateAuthority === undefined
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64') };
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server, ...trust } }],
      users: [{ name: 'administrator', user: { token } }],
      contexts: [{ name, context: { cluster: name, user: 'administrator' } }],
      'current-context': name,
    },
    null,
    2,
  );
}
