import { z } from 'zod';

export const probe = z.object({
  httpGet: z.strictObject({ path: z.string(), port: z.literal('http') }),
  periodSeconds: z.number(),
  timeoutSeconds: z.number(),
  failureThreshold: z.number(),
});
export const variable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .object({
      secretKeyRef: z.object({ name: z.string(), key: z.string(), optional: z.boolean().optional() }),
    })
    .optional(),
});
export const container = z.object({
  image: z.string(),
  ports: z.tuple([z.object({ name: z.literal('http'), containerPort: z.number() })]),
  envFrom: z.tuple([z.object({ configMapRef: z.object({ name: z.string() }) })]),
  env: z.array(variable),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }),
});
export const deployment = z.object({
  spec: z.object({
    replicas: z.number().optional(),
    strategy: z.object({ rollingUpdate: z.object({ maxSurge: z.number(), maxUnavailable: z.number() }) }),
    template: z.object({
      metadata: z.object({
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()),
      }),
      spec: z.object({ terminationGracePeriodSeconds: z.number(), containers: z.tuple([container]) }),
    }),
  }),
});
export const selected = z.object({
  spec: z.object({ selector: z.object({ matchLabels: z.record(z.string(), z.string()) }) }),
});
export const autoscaler = z.object({
  spec: z.object({
    scaleTargetRef: z.object({ kind: z.literal('Deployment'), name: z.literal('order-service-http') }),
    minReplicas: z.number(),
    maxReplicas: z.number(),
    metrics: z.tuple([
      z.object({ type: z.literal('Pods'), pods: z.object({ metric: z.object({ name: z.string() }) }) }),
      z.object({ type: z.literal('Resource'), resource: z.object({ name: z.literal('cpu') }) }),
    ]),
  }),
});
