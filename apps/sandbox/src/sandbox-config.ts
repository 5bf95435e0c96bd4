import { DEFAULT_REFUND_DELAY_MS, type MillisecondRange } from './settings.js';

/** How a sandbox is started, by `main.ts` or inside the process of a test. */
export interface SandboxOptions {
  /** 0 takes a free port. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /** Where payments are announced without a broker; a function is asked before every attempt. */
  readonly orderServiceUrl?: string | (() => string) | undefined;
  /** SPKI PEM; when given, every /internal route demands a service token signed with its private half. */
  readonly orderServicePublicKey?: string | undefined;
  readonly serviceIssuer?: string | undefined;
  readonly rabbitmqUrl?: string | undefined;
  readonly rabbitmqPrefix?: string | undefined;
  /** The books are loaded from this file and kept in it. */
  readonly stateFile?: string | undefined;
  readonly refundDelayMs?: MillisecondRange | undefined;
}

/** The options with every default filled in; one object, injected where it is needed. */
export class SandboxConfig {
  readonly port: number;
  readonly host: string;
  readonly orderServiceUrl: string | (() => string);
  readonly orderServicePublicKey: string;
  readonly serviceIssuer: string;
  readonly rabbitmqUrl: string;
  readonly rabbitmqPrefix: string;
  readonly stateFile: string;
  readonly refundDelayMs: MillisecondRange;

  constructor(options: SandboxOptions = {}) {
    this.port = options.port ?? 3017;
    this.host = options.host ?? '127.0.0.1';
    this.orderServiceUrl = options.orderServiceUrl ?? 'http://127.0.0.1:3016';
    this.orderServicePublicKey = (options.orderServicePublicKey ?? '').replaceAll('\\n', '\n');
    this.serviceIssuer = options.serviceIssuer ?? 'order-service';
    this.rabbitmqUrl = options.rabbitmqUrl ?? '';
    this.rabbitmqPrefix = options.rabbitmqPrefix ?? '';
    this.stateFile = options.stateFile ?? '';
    this.refundDelayMs = options.refundDelayMs ?? DEFAULT_REFUND_DELAY_MS;
  }
}
