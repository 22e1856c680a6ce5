import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { declaredAccess, type RouteAccess } from '../access/access.decorator';

/** A handler of some controller, and who may call it; undefined when it declares nothing and so answers nobody. */
export type Route = Readonly<{ controller: string; handler: string; access: RouteAccess | 'public' | undefined }>;

const METHOD_METADATA = 'method';

/** Every route of the hub with its rule, read from the controllers themselves. */
@Injectable()
export class RouteTable {
  private found: readonly Route[] | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  all(): readonly Route[] {
    this.found ??= this.discovery.getControllers().flatMap(({ metatype }) => (metatype ? this.routesOf(metatype) : []));
    return this.found;
  }

  rule(verb: string, resource: string): RouteAccess | undefined {
    return this.rules().find((rule) => rule.verb === verb && rule.resource === resource);
  }

  verbsOf(resource: string): readonly string[] {
    return unique(
      this.rules()
        .filter((rule) => rule.resource === resource)
        .map(({ verb }) => verb),
    );
  }

  resources(): readonly string[] {
    return unique(this.rules().map(({ resource }) => resource));
  }

  private rules(): readonly RouteAccess[] {
    return this.all().flatMap(({ access }) => (access === undefined || access === 'public' ? [] : [access]));
  }

  private routesOf(type: object): Route[] {
    const prototype: unknown = Reflect.get(type, 'prototype');
    if (typeof prototype !== 'object' || prototype === null) return [];
    return this.scanner.getAllMethodNames(prototype).flatMap((handler): Route[] => {
      const method: unknown = Reflect.get(prototype, handler);
      if (typeof method !== 'function' || Reflect.getMetadata(METHOD_METADATA, method) === undefined) return [];
      return [{ controller: String(Reflect.get(type, 'name')), handler, access: declaredAccess(method, type) }];
    });
  }
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();
