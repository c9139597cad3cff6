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
