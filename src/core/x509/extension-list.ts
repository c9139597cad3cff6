import type { DerBuilder } from './der/builder.ts'
import { DerError } from './der/errors.ts'
import type { DerReader } from './der/reader.ts'
import { TAG } from './der/tags.ts'
import { oid } from './der/writer.ts'
import type { Extension } from './types.ts'

/** Puts an Extension (RFC 5280 §4.1) in front of what the builder holds. */
export function putExtension(builder: DerBuilder, { oid: type, critical, value }: Extension): void {
  const start = builder.size
  builder.put(value)
  builder.wrap(TAG.octetString, start)
  // DEFAULT FALSE isn't written (X.690 §11.5).
  if (critical) builder.putTrue()
  builder.put(oid(type))
  builder.wrap(TAG.sequence, start)
}

/**
 * Reads Extensions (RFC 5280 §4.1.2.9) where a reader stands, in the order written, duplicates included.
 * @throws DerError
 */
export function readExtensions(reader: DerReader, what: string): Extension[] {
  const list = reader.enter(TAG.sequence, what)
  if (list.done)
    throw new DerError('extensions_empty', `${what}: the list must not be empty (RFC 5280 §4.1.2.9)`)
  const extensions: Extension[] = []
  while (!list.done) {
    const one = list.enter(TAG.sequence, what)
    const type = one.oid(what)
    let critical = false
    if (one.has(TAG.boolean)) {
      critical = one.boolean(what)
      if (!critical) {
        throw new DerError(
          'der_ber',
          `${what}: this is BER (a written default, critical FALSE); DER is required`,
        )
      }
    }
    const value = one.octetString(what)
    one.finish(what)
    extensions.push({ oid: type, critical, value })
  }
  return extensions
}
