import type { DnsFaultJson, RecordSetJson, ZoneJson } from '../../../contract/schemas/zones.ts'
import type { DnsFault } from '../../../core/domain/dns-faults.ts'
import { isoOf } from '../../../core/domain/time.ts'
import { zoneText } from '../../../core/domain/zone-text.ts'
import type { RecordSet, Zone } from '../../../core/domain/zones.ts'
import { defined } from '../defined.ts'

export const zoneJson = ({ apex, account, createdAt }: Zone): ZoneJson => ({
  apex,
  account,
  createdAt: isoOf(createdAt),
})

/** Records as in a zone file. */
export const recordSetJson = ({ name, type, ttl, data, perspective }: RecordSet): RecordSetJson =>
  defined({ name, type, ttl, values: data.map((each) => zoneText(each, type)), perspective })

export const dnsFaultJson = ({ createdAt, ...fault }: DnsFault): DnsFaultJson =>
  defined({ ...fault, createdAt: isoOf(createdAt) })
