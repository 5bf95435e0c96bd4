// The image's health check: does the process answer? Whether it can serve is the load balancer's question (/health/ready).
import process from 'node:process';

const port = process.env.PORT ?? '3016';
try {
  const answer = await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(2_000) });
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
