import { join } from 'node:path';
import type { Part } from './binaries';

/** Where a cluster keeps its files and listens. */
export interface Place {
  readonly directory: string;
  readonly apiPort: number;
  readonly etcdPort: number;
  readonly etcdPeerPort: number;
  /** The behaviour of the pretended nodes. */
  readonly nodesFile: string;
}

/** The command line of each part. Every part listens on 127.0.0.1 only. */
export function argumentsOf(part: Part, place: Place): string[] {
  switch (part) {
    case 'etcd':
      return etcd(place);
    case 'kube-apiserver':
      return apiServer(place);
    case 'kube-controller-manager':
      return controllerManager(place);
    case 'kube-scheduler':
      return [...asAdministrator(place), '--leader-elect=false', '--secure-port=0', ...WITHOUT_CLIENT_LIMITS];
    case 'kwok':
      return [
        ...asAdministrator(place),
        ...['--config', place.nodesFile, '--manage-all-nodes=true', '--node-ip=127.0.0.1', '--server-address='],
      ];
  }
}

/** The defaults (20 calls a second) are meant for a shared API server; here they would only slow a test down. */
const WITHOUT_CLIENT_LIMITS = ['--kube-api-qps=500', '--kube-api-burst=1000'];

function asAdministrator(place: Place): string[] {
  return ['--kubeconfig', join(place.directory, 'kubeconfig')];
}

function etcd(place: Place): string[] {
  const client = `http://127.0.0.1:${place.etcdPort}`;
  const peer = `http://127.0.0.1:${place.etcdPeerPort}`;
  return [
    // The data need not survive the machine, only the process.
    ...['--data-dir', join(place.directory, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
    ...['--quota-backend-bytes', String(4 * 1024 ** 3)],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
  ];
}

function apiServer({ directory, apiPort, etcdPort }: Place): string[] {
  const key = join(directory, 'service-accounts.key');
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', `--secure-port=${apiPort}`],
    `--cert-dir=${join(directory, 'certificates')}`,
    ...[`--token-auth-file=${join(directory, 'tokens.csv')}`, '--authorization-mode=RBAC', '--allow-privileged=true'],
    '--service-account-issuer=https://kubernetes.default.svc',
    ...[`--service-account-signing-key-file=${key}`, `--service-account-key-file=${key}`],
    ...['--service-cluster-ip-range=10.0.0.0/16', '--endpoint-reconciler-type=none'],
    // It taints new nodes as not ready; the node lifecycle controller, which takes the taint away, does not run.
    '--disable-admission-plugins=TaintNodesByCondition',
    ...['--max-requests-inflight=2000', '--max-mutating-requests-inflight=1000'],
  ];
}

function controllerManager(place: Place): string[] {
  return [
    ...[...asAdministrator(place), '--leader-elect=false', '--secure-port=0', ...WITHOUT_CLIENT_LIMITS],
    `--service-account-private-key-file=${join(place.directory, 'service-accounts.key')}`,
    // There are no machines, no cloud and no node heartbeats behind these nodes.
    '--controllers=*,-nodeipam,-nodelifecycle,-service-lb-controller,-ttl',
  ];
}
