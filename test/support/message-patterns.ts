import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { PATTERN_HANDLER_METADATA, PATTERN_METADATA } from '@nestjs/microservices/constants.js';
import { PatternHandler } from '@nestjs/microservices/enums/pattern-handler.enum.js';

/** Every pattern that a controller of the application really listens to. */
export function registeredPatterns(app: NestFastifyApplication): {
  readonly questions: readonly string[];
  readonly events: readonly string[];
} {
  const scanner = new MetadataScanner();
  const handlers = app
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ metatype }) => {
      const prototype: unknown = metatype?.prototype;
      if (typeof prototype !== 'object' || prototype === null) return [];
      return scanner.getAllMethodNames(prototype).map((name) => Reflect.get(prototype, name) as object);
    });
  const patterns = (kind: PatternHandler): readonly string[] =>
    handlers
      .filter((handler) => Reflect.getMetadata(PATTERN_HANDLER_METADATA, handler) === kind)
      .flatMap((handler) => Reflect.getMetadata(PATTERN_METADATA, handler) as readonly string[])
      .sort();
  return { questions: patterns(PatternHandler.MESSAGE), events: patterns(PatternHandler.EVENT) };
}
