import type { Millis } from '../domain/time.ts'

/** Validity, renewal, CRL times, what jobs are due. Settable in simulation, in both directions. */
export type Calendar = { now(): Millis }

/** Authentication, leases, time-outs, the audit trail. Never settable. */
export type SystemClock = { now(): Millis }
