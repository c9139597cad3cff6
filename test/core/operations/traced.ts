import { ChanceryError } from '../../../src/core/domain/errors.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import type { Reads, Write, Writes } from '../../../src/core/ports/store.ts'

/** Ports whose store notes each read and each write by name, in order; the store itself is real. */
export function traced(ports: Ports): { readonly ports: Ports; readonly statements: string[] } {
  const statements: string[] = []
  const noting = <T extends object>(target: T, path: string): T =>
    new Proxy(target, {
      get: (object, property, receiver) => {
        const value: unknown = Reflect.get(object, property, receiver)
        const name = path === '' ? String(property) : `${path}.${String(property)}`
        if (typeof value === 'function')
          return (...all: unknown[]): unknown => {
            statements.push(name)
            return (value as (...all: unknown[]) => unknown).apply(object, all)
          }
        return typeof value === 'object' && value !== null ? noting(value, name) : value
      },
    })
  const reads: Reads = noting(ports.store.reads, '')
  const transact = (build: (writes: Writes) => readonly Write[]): Promise<void> => {
    statements.push('transact')
    return ports.store.transact((writes) => build(noting(writes, 'write')))
  }
  return { ports: { ...ports, store: { ...ports.store, reads, transact } }, statements }
}

export type Answer = { readonly statements: readonly string[]; readonly outcome: unknown }

/** What a call answers, these ids blanked, and the statements it made of the database, in order. */
export async function answerOf(
  given: Ports,
  used: Readonly<Record<string, string>>,
  call: (ports: Ports) => Promise<unknown>,
): Promise<Answer> {
  const { ports, statements } = traced(given)
  let outcome: unknown
  try {
    outcome = (await call(ports)) ?? null
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    const { code, message, violations, details } = error
    outcome = { code, message, violations, details }
  }
  return { statements, outcome: blanked(outcome, used) }
}

function blanked(value: unknown, used: Readonly<Record<string, string>>): unknown {
  let text = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}` : each))
  for (const [kind, id] of Object.entries(used)) text = text.replaceAll(id, `<${kind}>`)
  return JSON.parse(text)
}
