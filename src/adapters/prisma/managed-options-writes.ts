import type { MethodChange } from '../../core/domain/method-changes.ts'
import type { ManagedOptionsWrites } from '../../core/ports/managed-options-store.ts'
import { orNull, write } from './wire-values.ts'
import type { WireValue } from './writer/protocol.ts'

/** As data: changes of the method of validation, and what accounts have chosen. */
export const managedOptionsWrites: ManagedOptionsWrites = {
  methodChanges: {
    begin: (c) =>
      write('methodChanges.begin', c.managed, c.from, c.to, c.requestedAt, c.until, ...changing(c)),
    advance: (before, after) =>
      write('methodChanges.advance', ...changing(after), before.managed, before.attempts),
  },
  managedSettings: {
    put: ({ account, region }, { daysBeforeExpiry }, at) =>
      write('managedSettings.put', account, region, daysBeforeExpiry, at),
  },
}

/** The columns that can change, in the order of METHOD_CHANGING. */
const changing = (c: MethodChange): WireValue[] => [
  c.status,
  JSON.stringify(c.proofs),
  c.updatedAt,
  orNull(c.dueAt),
  c.attempts,
]
