import type { CaaProperty } from './caa.ts'
import type { Zone, ZoneData } from './zones.ts'

/** A start of authority (RFC 1035 §3.3.13); times in seconds. */
export type Soa = {
  readonly mname: string
  readonly rname: string
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  /** How long others may remember that there is no such record (RFC 2308 §4). */
  readonly minimum: number
}

/** A simulated zone's: nobody transfers it, and what isn't there may be there in a moment. */
export const soaOf = ({ apex }: Pick<Zone, 'apex'>): Soa => ({
  mname: `ns.${apex}`,
  rname: `hostmaster.${apex}`,
  serial: 1,
  refresh: 3600,
  retry: 600,
  expire: 86_400,
  minimum: 5,
})

/** A start of authority as one line, as `dig` shows it but for the final dots. */
export const soaText = ({ mname, rname, serial, refresh, retry, expire, minimum }: Soa): string =>
  `SOA ${mname} ${rname} ${serial} ${refresh} ${retry} ${expire} ${minimum}`

/** Octets as a character string of a zone file (RFC 1035 §5.1), in quotes. */
export const quotedOctets = (octets: string): string =>
  `"${octets.replace(/["\\]/g, '\\$&').replace(/[^ -~]/g, (each) => `\\${String(each.charCodeAt(0)).padStart(3, '0')}`)}"`

/** A record's data as in a zone file, names without their final dots but for the root. */
export function zoneText(data: ZoneData, type: string): string {
  if (typeof data === 'string') return type === 'TXT' ? quotedOctets(data) : data
  if ('tag' in data) return caaText(data)
  return `${data.preference} ${data.exchange === '' ? '.' : data.exchange}`
}

/** RFC 8659 §4.1.1. */
export const caaText = ({ flags, tag, value }: CaaProperty): string =>
  `${flags} ${tag} ${quotedOctets(value)}`
