/** The agent's own small objects in AGENT_NAMESPACE. */
export interface KubeStore {
  /** Data of the ConfigMaps whose label `fleet-reloader.io/part` equals `part`, by name. */
  readConfigMaps(part: string): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;
  /** Creates or replaces the data of one ConfigMap; labels it with `part`. */
  writeConfigMap(name: string, part: string, data: Readonly<Record<string, string>>): Promise<void>;
  /** null: it does not exist. */
  readSecret(name: string): Promise<Readonly<Record<string, Buffer>> | null>;
  /** Creates the Secret if it is absent; returns what is there afterwards, whoever wrote it. */
  createSecret(name: string, data: Readonly<Record<string, Buffer>>): Promise<Readonly<Record<string, Buffer>>>;
  /** Merges keys into an existing Secret. */
  updateSecret(name: string, data: Readonly<Record<string, Buffer>>): Promise<void>;
  /** UID of the kube-system namespace, and the server's version. */
  cluster(): Promise<Readonly<{ uid: string; version: string }>>;
}

/** The agent's own Secrets that come and go. */
export interface KubeSecrets {
  /** The Secrets whose label `fleet-reloader.io/part` equals `part`, by name. */
  readSecrets(part: string): Promise<ReadonlyMap<string, Readonly<Record<string, Buffer>>>>;
  /** Creates or replaces one Secret; labels it with `part`. */
  writeSecret(name: string, part: string, data: Readonly<Record<string, Buffer>>): Promise<void>;
  /** Deletes a Secret; one that is gone is no error. */
  deleteSecret(name: string): Promise<void>;
}
