import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import passport from 'passport';
import { AppError } from '@app/kernel';
import { Endpoint } from '../endpoint.js';
import { AudienceGuard } from './audience.guard.js';

class Orders {
  @Endpoint({ audience: 'user', rateLimit: 'read', changes: false })
  list(): string {
    return 'orders';
  }

  @Endpoint({ audience: 'service', scope: 'orders:read', changes: false })
  look(): string {
    return 'order';
  }

  @Endpoint({ audience: 'open' })
  alive(): string {
    return 'yes';
  }

  forgotten(): string {
    return 'nobody said who may call this';
  }
}

function contextOf(handler: keyof Orders): ExecutionContextHost {
  const request = { headers: {}, method: 'GET', url: '/api/v1/orders' };
  return new ExecutionContextHost([request, {}], Orders, Orders.prototype[handler]);
}

/** A way to tell callers apart that ends as a test says. */
class ScriptedStrategy extends passport.Strategy {
  constructor(
    override readonly name: string,
    private readonly end: (strategy: ScriptedStrategy) => void,
  ) {
    super();
  }

  override authenticate(): void {
    this.end(this);
  }
}

function strategiesEnd(end: (strategy: ScriptedStrategy) => void): void {
  for (const name of ['user', 'service']) passport.use(new ScriptedStrategy(name, end));
}

describe('who is let through to a route', () => {
  const guard = new AudienceGuard();

  afterEach(() => {
    for (const name of ['user', 'service']) passport.unuse(name);
  });

  it('is everybody where the route is open', async () => {
    await expect(guard.canActivate(contextOf('alive'))).resolves.toBe(true);
  });

  it('is nobody where the route does not say for whom it is', async () => {
    await expect(guard.canActivate(contextOf('forgotten'))).rejects.toMatchObject({
      code: 'FORBIDDEN',
      detail: 'This route has no audience.',
    });
  });

  it('is left to the controller for a message, whose token is in its own headers', async () => {
    const context = contextOf('list');
    context.setType('rpc');

    await expect(guard.canActivate(context)).resolves.toBe(true);
  });

  it.each(['list', 'look'] as const)('is nobody without a token (%s)', async (handler) => {
    strategiesEnd((strategy) => {
      strategy.fail(401);
    });

    await expect(guard.canActivate(contextOf(handler))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('hears that the keys are away, not that the token is wrong', async () => {
    const away = new AppError('UPSTREAM_UNAVAILABLE', { upstream: 'auth-service' });
    strategiesEnd((strategy) => {
      strategy.error(away);
    });

    await expect(guard.canActivate(contextOf('list'))).rejects.toBe(away);
  });

  it('hears the reason a check gave itself', async () => {
    const refused = new AppError('FORBIDDEN', { reason: 'The token is for another tenant.' });
    strategiesEnd((strategy) => {
      Reflect.apply(strategy.fail.bind(strategy), undefined, [refused]);
    });

    await expect(guard.canActivate(contextOf('list'))).rejects.toBe(refused);
  });
});
