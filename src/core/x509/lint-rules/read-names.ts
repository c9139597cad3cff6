import { DerReader } from '../der/reader.ts'
import { DerError } from '../der/errors.ts'
import { oidText } from '../der/oid.ts'
import { ia5Text } from '../der/strings.ts'
import { sequence } from '../der/writer.ts'
import { TAG, contextConstructed, contextPrimitive, tagName } from '../der/tags.ts'
import { readName } from '../distinguished-names.ts'
import { isName, nameKey, nameOrRefusal, otherNameOrRefusal } from '../general-names.ts'
import { ipText } from '../ip-addresses.ts'
import type { GeneralName } from '../../domain/names.ts'
import type { Refusal } from '../dns-names.ts'

const WHAT = 'the name'
const hexOf = (octets: Uint8Array): string =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')

/** Names as they stand, in their order and with their duplicates; and those that aren't in canonical form. */
export type ReadNames = {
  readonly names: readonly GeneralName[]
  readonly notCanonical: readonly { readonly place: number; readonly message: string }[]
}

/**
 * Reads GeneralNames (RFC 5280 §4.2.1.6) without the tolerance that names of a request enjoy: what would have been
 * brought into canonical form before must be in it by now.
 * @throws DerError for what isn't well-formed
 */
export function readNames(value: Uint8Array): ReadNames {
  const reader = new DerReader(value)
  const list = reader.enter(TAG.sequence, WHAT)
  reader.finish(WHAT)
  if (list.done) throw new DerError('names_empty', 'the list of names is empty')
  const names: GeneralName[] = []
  const notCanonical: { place: number; message: string }[] = []
  for (let place = 0; !list.done; place++) {
    const name = readOne(list)
    names.push(name)
    if (name.type === 'ip' || (name.type === 'dns' && isPlain(name.value))) continue
    const canonical =
      name.type === 'other' ? otherNameOrRefusal(name.oid, name.value) : nameOrRefusal(name.type, name.value)
    const message = difference(name, canonical)
    if (message !== undefined) notCanonical.push({ place, message })
  }
  return { names, notCanonical }
}

/** Whether a name is plainly canonical: no A-labels, nothing that `canonicalDns` would have to think about. */
const isPlain = (name: string): boolean => name.length <= 253 && PLAIN.test(name) && !name.includes('xn--')
const PLAIN = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

function difference(name: GeneralName, canonical: GeneralName | Refusal): string | undefined {
  if (!isName(canonical)) return `${name.type} ${JSON.stringify(name.value)} ${canonical.message}`
  if (canonical.value === name.value) return undefined
  return `is not in canonical form, which is ${nameKey(canonical)}`
}

function readOne(list: DerReader): GeneralName {
  const tag = list.any(WHAT)
  const content = list.content()
  switch (tag) {
    case contextPrimitive(2):
      return { type: 'dns', value: ia5Text(content, WHAT) }
    case contextPrimitive(7):
      if (content.length !== 4 && content.length !== 16)
        throw new DerError('ip', 'an address has 4 octets or 16')
      return { type: 'ip', value: ipText(content) }
    case contextPrimitive(1):
      return { type: 'email', value: ia5Text(content, WHAT) }
    case contextPrimitive(6):
      return { type: 'uri', value: ia5Text(content, WHAT) }
    case contextPrimitive(8):
      return { type: 'rid', value: oidText(content, 0, content.length, WHAT) }
    case contextConstructed(4): {
      const inside = list.inside(WHAT)
      readName(inside, WHAT)
      inside.finish(WHAT)
      return { type: 'directory', value: hexOf(content) }
    }
    case contextConstructed(5):
      return { type: 'edi', value: hexOf(sequence(content)) }
    case contextConstructed(0): {
      const inside = list.inside(WHAT)
      const oid = inside.oid(WHAT)
      const explicit = inside.enter(contextConstructed(0), WHAT)
      const value = hexOf(explicit.checkedElement(WHAT))
      explicit.finish(WHAT)
      inside.finish(WHAT)
      return { type: 'other', oid, value }
    }
    default:
      throw new DerError('name_type', `names of kind ${tagName(tag)} are not supported`)
  }
}
