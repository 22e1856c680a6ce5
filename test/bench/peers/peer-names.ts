/** The first argument of this program when it plays a peer. */
export const PEER = 'peer';
export const PEERS = ['floor', 'reloader-model', 'naive-informer', 'bare-watch', 'nothing'] as const;
export type PeerName = (typeof PEERS)[number];

/** What a peer prints when it watches. */
export const READY = 'ready';
