import { Counter, type Registry } from 'prom-client'

/** What is counted about requests that were not let in. */
export type FrontDoorMetrics = {
  /** Not let in before anybody was authenticated; `listener` is a configured name. */
  doorRefused(listener: string, reason: string): void
  /** Closed as it came, since there were as many as there may be. */
  connectionRefused(listener: string): void
  /** Over a rate limit, by the limit's name; never by who was. */
  throttled(limit: string): void
}

export function frontDoorMetrics(registers: Registry[]): FrontDoorMetrics {
  const refused = new Counter({
    name: 'chancery_front_door_refused_total',
    help: 'Requests that were not let in, before authentication.',
    labelNames: ['listener', 'reason'],
    registers,
  })
  const connections = new Counter({
    name: 'chancery_connections_refused_total',
    help: 'Connections that were closed as they came, since there were as many as there may be.',
    labelNames: ['listener'],
    registers,
  })
  const throttled = new Counter({
    name: 'chancery_throttled_total',
    help: 'Requests over a rate limit.',
    labelNames: ['limit'],
    registers,
  })
  return {
    doorRefused: (listener, reason) => refused.inc({ listener, reason }),
    connectionRefused: (listener) => connections.inc({ listener }),
    throttled: (limit) => throttled.inc({ limit }),
  }
}
