import { frontDoorMetrics, type FrontDoorMetrics } from './front-door-metrics.ts'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Everything the product counts; the only surface that main hands to those who count. */
export type Metrics = FrontDoorMetrics & {
  /** `route` is the pattern, never the path: a label value for each certificate would fill the memory. */
  httpRequest(route: string, method: string, status: number, seconds: number): void
  /** What the audit trail took up, by the event's name: issued, revoked, exported, abandoned certificates and the rest. */
  auditEvent(name: string): void
  /** How many transactions shared one commit. */
  groupCommit(transactions: number): void
  walSize(octets: number): void
  /** Seconds since thisUpdate of the authority's newest CRL. */
  crlAge(authority: string, seconds: number): void
  /** Seconds until the authority's own certificate ends; negative afterwards. */
  authorityEnds(authority: string, seconds: number): void
  /** An OCSP request that was answered: what was said, and whether the answer had been signed before. */
  ocspRequest(measurement: {
    readonly outcome: string
    readonly fromCache: boolean
    readonly milliseconds: number
  }): void
  /** Seconds until the certificate of the authority's OCSP responder ends. */
  ocspResponderEnds(authority: string, seconds: number): void
  kmsUnwrap(provider: string): void
  /** Whether it answered when it was asked last. */
  kmsUp(provider: string, up: boolean): void
  /** Keys that were wrapped anew. */
  kmsRewrapped(provider: string, keys: number): void
  /** Keys that are still wrapped by something else than what wraps now. */
  kmsToRewrap(provider: string, keys: number): void
  /** The highest share of a life that is over, among what was looked at last as clients do; `kind` is crl, delta, ocsp or responder. */
  repositoryLifeUsed(kind: string, share: number): void
  /** What is amiss in the public repository. */
  repositoryAlarms(kind: string, alarms: number): void
  /** How often in a row the operator's webhook failed. */
  operatorWebhookFailures(failures: number): void
  /** Objects that the operator's storage took, or didn't. */
  objectsStored(outcome: 'stored' | 'failed', objects: number): void
  /** Objects that the storage doesn't have yet. */
  objectsWaiting(objects: number): void
  /** When the last checkpoint was signed that every keeper outside the database has; milliseconds since the epoch. */
  auditCheckpoint(at: number): void
  /** Events that the stream has still to take. */
  auditStreamBehind(events: number): void
  readonly contentType: string
  /** The whole registry in Prometheus's text format. */
  text(): Promise<string>
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * A registry of its own (several servers may live in one process), with the runtime's default metrics: memory, garbage
 * collection and event loop lag among them. Every name begins with `chancery_`.
 */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'chancery_' })
  const http = new Histogram({
    name: 'chancery_http_request_duration_seconds',
    help: 'Time from the request line to the end of the answer.',
    labelNames: ['route', 'method', 'status'],
    // A certificate takes a few milliseconds; an encrypted export tenths of a second (PBKDF2).
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  const events = new Counter({
    name: 'chancery_audit_events_total',
    help: 'Events that the audit trail took up since the server started.',
    labelNames: ['event'],
    registers,
  })
  const commits = new Histogram({
    name: 'chancery_group_commit_transactions',
    help: 'Transactions that shared one durable commit.',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
    registers,
  })
  const wal = new Gauge({
    name: 'chancery_wal_size_bytes',
    help: "Size of the database's write-ahead log.",
    registers,
  })
  const crl = new Gauge({
    name: 'chancery_crl_age_seconds',
    help: 'Age of the newest CRL.',
    labelNames: ['authority'],
    registers,
  })
  const ends = new Gauge({
    name: 'chancery_authority_expires_seconds',
    help: "Time until the authority's own certificate ends.",
    labelNames: ['authority'],
    registers,
  })
  return {
    // Callers choose the method's spelling; unknown ones share a label, since each label value stays in memory.
    httpRequest: (route, method, status, seconds) =>
      http.observe({ route, method: METHODS.has(method) ? method : 'other', status }, seconds),
    auditEvent: (event) => events.inc({ event }),
    groupCommit: (transactions) => commits.observe(transactions),
    walSize: (octets) => wal.set(octets),
    crlAge: (authority, seconds) => crl.set({ authority }, seconds),
    authorityEnds: (authority, seconds) => ends.set({ authority }, seconds),
    ...ocspMetrics(registers),
    ...frontDoorMetrics(registers),
    ...kmsMetrics(registers),
    ...repositoryMetrics(registers),
    ...storageMetrics(registers),
    ...auditMetrics(registers),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}

type Kms = Pick<Metrics, 'kmsUnwrap' | 'kmsUp' | 'kmsRewrapped' | 'kmsToRewrap'>

function kmsMetrics(registers: Registry[]): Kms {
  const unwraps = new Counter({
    name: 'chancery_kms_unwraps_total',
    help: 'Data keys unwrapped by the KMS; a cached authority key needs none.',
    labelNames: ['provider'],
    registers,
  })
  const up = new Gauge({
    name: 'chancery_kms_up',
    help: 'Whether the key management service answered when it was asked last.',
    labelNames: ['provider'],
    registers,
  })
  const rewrapped = new Counter({
    name: 'chancery_kms_rewrapped_keys_total',
    help: 'Keys that were wrapped anew after a rotation of the key-encryption key.',
    labelNames: ['provider'],
    registers,
  })
  const toRewrap = new Gauge({
    name: 'chancery_kms_keys_to_rewrap',
    help: 'Keys that a rotation of the key-encryption key has still to wrap anew.',
    labelNames: ['provider'],
    registers,
  })
  return {
    kmsUnwrap: (provider) => unwraps.inc({ provider }),
    kmsUp: (provider, answers) => up.set({ provider }, answers ? 1 : 0),
    kmsRewrapped: (provider, keys) => rewrapped.inc({ provider }, keys),
    kmsToRewrap: (provider, keys) => toRewrap.set({ provider }, keys),
  }
}

type Repository = Pick<Metrics, 'repositoryLifeUsed' | 'repositoryAlarms' | 'operatorWebhookFailures'>

/** By kind, not by authority or shard, of which there may be any number: the alarms themselves say which. */
function repositoryMetrics(registers: Registry[]): Repository {
  const used = new Gauge({
    name: 'chancery_repository_life_used_ratio',
    help: 'Highest share of its life that is over, among what was fetched last as clients fetch it.',
    labelNames: ['kind'],
    registers,
  })
  const alarms = new Gauge({
    name: 'chancery_repository_alarms',
    help: 'What is stale, missing, unreachable or wrong in the public repository.',
    labelNames: ['kind'],
    registers,
  })
  const untold = new Gauge({
    name: 'chancery_operator_webhook_failures',
    help: 'How often in a row the operator’s webhook could not be told.',
    registers,
  })
  return {
    repositoryLifeUsed: (kind, share) => used.set({ kind }, share),
    repositoryAlarms: (kind, count) => alarms.set({ kind }, count),
    operatorWebhookFailures: (failures) => untold.set(failures),
  }
}

function storageMetrics(registers: Registry[]): Pick<Metrics, 'objectsStored' | 'objectsWaiting'> {
  const stored = new Counter({
    name: 'chancery_storage_objects_total',
    help: 'CRLs and audit reports that the storage of buckets took, by outcome: stored, failed.',
    labelNames: ['outcome'],
    registers,
  })
  const waiting = new Gauge({
    name: 'chancery_storage_objects_waiting',
    help: 'CRLs and audit reports that the storage of buckets doesn’t have yet.',
    registers,
  })
  return {
    objectsStored: (outcome, objects) => stored.inc({ outcome }, objects),
    objectsWaiting: (objects) => waiting.set(objects),
  }
}

function auditMetrics(registers: Registry[]): Pick<Metrics, 'auditCheckpoint' | 'auditStreamBehind'> {
  const checkpoint = new Gauge({
    name: 'chancery_audit_checkpoint_timestamp_seconds',
    help: 'When the last audit checkpoint was signed that is kept everywhere it goes.',
    registers,
  })
  const behind = new Gauge({
    name: 'chancery_audit_stream_behind',
    help: 'Audit events that the stream has still to take.',
    registers,
  })
  return {
    auditCheckpoint: (at) => checkpoint.set(at / 1000),
    auditStreamBehind: (events) => behind.set(events),
  }
}

/** Thousands a second: the labels, which are few, are looked up once. */
function ocspMetrics(registers: Registry[]): Pick<Metrics, 'ocspRequest' | 'ocspResponderEnds'> {
  const requests = new Histogram({
    name: 'chancery_ocsp_request_duration_seconds',
    help: 'Time from an OCSP request to the end of its answer, by what was said.',
    labelNames: ['outcome'],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1],
    registers,
  })
  const hits = new Counter({
    name: 'chancery_ocsp_cache_hits_total',
    help: 'OCSP answers that had been signed before.',
    registers,
  })
  const ends = new Gauge({
    name: 'chancery_ocsp_responder_expires_seconds',
    help: 'Time until the certificate of the OCSP responder ends.',
    labelNames: ['authority'],
    registers,
  })
  const byOutcome = new Map<string, { observe(seconds: number): void }>()
  const labelled = (outcome: string): { observe(seconds: number): void } => {
    const child = requests.labels({ outcome })
    byOutcome.set(outcome, child)
    return child
  }
  return {
    ocspRequest: ({ outcome, fromCache, milliseconds }) => {
      const child = byOutcome.get(outcome) ?? labelled(outcome)
      child.observe(milliseconds / 1000)
      if (fromCache) hits.inc()
    },
    ocspResponderEnds: (authority, seconds) => ends.set({ authority }, seconds),
  }
}
