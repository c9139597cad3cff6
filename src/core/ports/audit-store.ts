import type { ChainedEvent, ChainPlace } from '../domain/audit-trail.ts'

/** Reads about the audit trail. */
export type AuditReads = {
  readonly audit: {
    /** The last event's place; CHAIN_START before the first one. */
    head(): Promise<ChainPlace>
    /** In order, from the one behind `id` on. */
    after(id: number, limit: number): Promise<readonly ChainedEvent[]>
  }
}
