import { Injectable } from '@nestjs/common';
import { matchesSelector } from '@app/contracts/selector';
import { ClusterRegistry } from '../fleet/registry';
import { notFound, Problem } from '../http/core/problem';
import type { Principal } from './principal';

/** Tells whether a cluster is one that the caller may see and act on. */
export type InScope = (cluster: string) => boolean;
