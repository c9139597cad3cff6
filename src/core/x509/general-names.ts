import { ChanceryError } from '../domain/errors.ts'
import type { Violation } from '../domain/errors.ts'
import { MAX_NAMES } from '../domain/names.ts'
import type { GeneralName } from '../domain/names.ts'
import { DerError } from './der/errors.ts'
import { oidOctets } from './der/oid.ts'
import { DerReader } from './der/reader.ts'
import { readName } from './distinguished-names.ts'
import { readEdiParty } from './edi-parties.ts'
import { canonicalDns, isRefusal, refusal } from './dns-names.ts'
import type { Refusal } from './dns-names.ts'
import { ipOctets, ipText } from './ip-addresses.ts'
import { canonicalMailbox } from './mailboxes.ts'
import { canonicalUri } from './uris.ts'

/** Kinds of name whose whole value is text. */
export type TextualType = Exclude<GeneralName['type'], 'other'>

/** Names as a request lists them, by kind. */
export type NamesInput = {
  readonly dns?: readonly string[]
  readonly ip?: readonly string[]
  readonly email?: readonly string[]
  readonly uri?: readonly string[]
  readonly rid?: readonly string[]
  readonly directory?: readonly string[]
  readonly edi?: readonly string[]
  /** `value` is DER in hex, e.g. a UTF8String for a user principal name. */
  readonly other?: readonly { readonly oid: string; readonly value: string }[]
}
export type NamesResult = {
  readonly names: readonly GeneralName[]
  readonly violations: readonly Violation[]
}

/** Largest otherName or directoryName value, in octets. */
const MAX_DER_VALUE = 4096
const TEXTUAL: readonly TextualType[] = ['dns', 'ip', 'email', 'uri', 'rid', 'directory', 'edi']

const CANONICAL: { readonly [T in TextualType]: (text: string) => string | Refusal } = {
  dns: (text) => canonicalDns(text),
  ip: canonicalIp,
  email: canonicalMailbox,
  uri: canonicalUri,
  rid: (text) =>
    oidOctets(text) === undefined ? refusal('rid', 'is no object identifier such as 1.3.6.1.4.1.311') : text,
  directory: canonicalDirectory,
  edi: (text) => derHex(text, 'edi', readEdiParty),
}

/** The name in canonical form, or why it is refused. This is the one policy for names, whatever they came in. */
export function nameOrRefusal(type: TextualType, text: string): GeneralName | Refusal {
  const result = CANONICAL[type](text)
  return isRefusal(result) ? result : { type, value: result }
}

/** As nameOrRefusal, for an otherName: `value` is one DER element in hex. */
export function otherNameOrRefusal(oid: string, value: string): GeneralName | Refusal {
  if (oidOctets(oid) === undefined)
    return refusal('other_oid', 'has no object identifier such as 1.3.6.1.4.1.311.20.2.3')
  const hex = derHex(value, 'other_value', (reader) => void reader.checkedElement('the value'))
  return isRefusal(hex) ? hex : { type: 'other', oid, value: hex }
}

/**
 * The name in canonical form.
 * @throws request_invalid naming `field`
 */
export function nameFrom(type: TextualType, text: string, field: string): GeneralName {
  const result = nameOrRefusal(type, text)
  if (isName(result)) return result
  const violation = { code: result.code, field, message: shown(text, result) }
  throw new ChanceryError('request_invalid', `${field}: ${violation.message}`, { violations: [violation] })
}

export const isName = (result: GeneralName | Refusal): result is GeneralName => 'type' in result

/**
 * All names of a request in canonical form, without duplicates, in the order dns, ip, email, uri, rid, directory,
 * edi, other; and everything that is wrong with them, each under its own path such as `names.dns[2]`.
 */
export function namesFrom(input: NamesInput, field: string): NamesResult {
  const collector = new NameCollector()
  for (const type of TEXTUAL) {
    input[type]?.forEach((text, i) =>
      collector.add(nameOrRefusal(type, text), `${field}.${type}[${i}]`, text),
    )
  }
  input.other?.forEach(({ oid, value }, i) =>
    collector.add(otherNameOrRefusal(oid, value), `${field}.other[${i}]`, value),
  )
  return collector.result(field)
}

/** Collects canonical names, dropping duplicates, and the violations of those refused. */
export class NameCollector {
  readonly #names = new Map<string, GeneralName>()
  readonly #violations: Violation[] = []

  add(result: GeneralName | Refusal, field: string, text: string): void {
    // A request of a million names is answered after MAX_NAMES complaints, not after a million.
    if (!isName(result)) {
      if (this.#violations.length < MAX_NAMES) {
        this.#violations.push({ code: result.code, field, message: shown(text, result) })
      }
    } else if (this.#names.size <= MAX_NAMES) {
      this.#names.set(nameKey(result), result)
    }
  }

  result(field: string): NamesResult {
    if (this.#names.size > MAX_NAMES) {
      this.#violations.push({ code: 'names_count', field, message: `more than ${MAX_NAMES} names` })
    }
    return { names: [...this.#names.values()], violations: this.#violations }
  }
}

/** Equal for equal names. Domains are canonical already; a mailbox's local part keeps its case (RFC 5280 §7.5). */
export const nameKey = (name: GeneralName): string =>
  name.type === 'other' ? `other:${name.oid}:${name.value}` : `${name.type}:${name.value}`

const MAX_SHOWN = 80
/** The refused text, shortened and with what can't be seen made visible, and the reason. */
function shown(text: string, { message }: Refusal): string {
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
  return `${JSON.stringify(cut.toWellFormed())} ${message}`
}

function canonicalIp(text: string): string | Refusal {
  const octets = ipOctets(text)
  if (octets !== undefined) return ipText(octets)
  if (text === '') return refusal('ip_empty', 'is empty')
  if (text.includes('/')) return refusal('ip_prefix', 'is a network; only single addresses can be certified')
  if (text.includes('%')) return refusal('ip_zone', 'has a zone, which means nothing on another host')
  return refusal('ip', 'is no IPv4 address such as 192.0.2.1 and no IPv6 address such as 2001:db8::1')
}

function canonicalDirectory(text: string): string | Refusal {
  return derHex(text, 'directory', (reader) => void readName(reader, 'the name'))
}

/** Lower-case hex of one DER element that `check` reads, or why it is refused. */
function derHex(text: string, code: string, check: (reader: DerReader) => void): string | Refusal {
  if (text.length > MAX_DER_VALUE * 2) return refusal(code, `holds more than ${MAX_DER_VALUE} octets`)
  if (!/^([0-9a-fA-F]{2})+$/.test(text)) return refusal(code, 'is not hexadecimal')
  try {
    const reader = new DerReader(Buffer.from(text, 'hex'))
    check(reader)
    reader.finish('the value')
    return text.toLowerCase()
  } catch (error) {
    if (error instanceof DerError) return refusal(code, `is no DER: ${error.message}`)
    throw error
  }
}
