import { z } from 'zod'
import { DNS_FAULT_KINDS } from '../../core/domain/dns-faults.ts'
import { ZONE_RECORD_TYPES } from '../../core/domain/zones.ts'
import { accountId, pageOf, pageQuery, timestamp } from './common.ts'

/** A domain name as requests give it; what it may be is decided by the core. */
const name = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(1000)
    .meta({ description, examples: [example] })
const recordType = z
  .enum(ZONE_RECORD_TYPES)
  .meta({ description: 'The type of the records.', examples: ['A'] })
const perspective = z
  .string()
  .min(1)
  .max(64)
  .meta({
    description:
      'The only perspective that sees the records, by its name. One that has records of its own at a name sees those alone there.',
    examples: ['eu-west-1'],
  })

export const zoneCreation = z
  .strictObject({
    apex: name('The domain that is to be simulated, with everything below it.', 'example.com'),
  })
  .meta({ id: 'ZoneCreation', description: 'A zone to make.' })
export const zone = z
  .object({
    apex: z.string().meta({ description: 'The domain, in lower case.', examples: ['example.com'] }),
    account: accountId,
    createdAt: timestamp('When it was made.'),
  })
  .meta({ id: 'Zone', description: 'A part of the simulated DNS.' })
export type ZoneJson = z.infer<typeof zone>
export const zonePage = pageOf('ZonePage', zone, 'zones')
export const zoneListQuery = z.strictObject(pageQuery).meta({ description: 'Which page of zones.' })
export const zoneParams = z
  .strictObject({ apex: name('The zone’s domain.', 'example.com') })
  .meta({ description: 'Which zone.' })

const values = z
  .array(
    z
      .string()
      .max(20_000)
      .meta({ description: 'A record’s data as in a zone file.', examples: ['192.0.2.1'] }),
  )
  .meta({
    description:
      'The data of each record, as in a zone file: `192.0.2.1`, `10 mail.example.com`, `0 issue "ca.example.net"`. ' +
      'Text is taken as it is, unless it begins with a quotation mark.',
  })
const members = {
  name: name('The zone’s domain or a name below it; `@` is the domain itself.', 'www.example.com'),
  type: recordType,
}
export const recordSetPut = z
  .strictObject({
    ...members,
    ttl: z
      .number()
      .int()
      .optional()
      .meta({ description: 'Seconds that others may keep it; 60 when absent.', examples: [60] }),
    values,
    perspective: perspective.optional(),
  })
  .meta({ id: 'RecordSetPut', description: 'All records of a name and a type, in place of those there are.' })
export const recordSet = z
  .object({
    ...members,
    ttl: z
      .number()
      .int()
      .meta({ description: 'Seconds that others may keep it.', examples: [60] }),
    values,
    perspective: perspective.optional(),
  })
  .meta({ id: 'RecordSet', description: 'All records of a name and a type.' })
export type RecordSetJson = z.infer<typeof recordSet>
export const recordSetPage = pageOf('RecordSetPage', recordSet, 'record sets')
export const recordSetListQuery = z
  .strictObject({ ...pageQuery, name: name('Only records of this name.', 'www.example.com').optional() })
  .meta({ description: 'Which record sets.' })
export const recordSetDeletion = z
  .strictObject({ name: members.name, type: recordType.optional(), perspective: perspective.optional() })
  .meta({
    description: 'Which records: of a type or of all, that everybody sees or one perspective alone.',
  })

const faultMembers = {
  name: name('The name whose answers are spoilt.', 'www.example.com'),
  kind: z.enum(DNS_FAULT_KINDS).meta({
    description:
      'What goes wrong: `nxdomain` (the name doesn’t exist), `servfail`, `timeout` (no answer), `truncate` (over UDP; ' +
      'TCP answers), `truncate-tcp` (over UDP, and TCP breaks off), `slow` (late).',
    examples: ['servfail'],
  }),
  type: z
    .string()
    .regex(/^[A-Z][A-Z0-9]{0,15}$/, 'a record type such as CAA is expected')
    .optional()
    .meta({ description: 'Only for questions of this type.', examples: ['CAA'] }),
  milliseconds: z
    .number()
    .optional()
    .meta({ description: 'How late `slow` is.', examples: [500] }),
  perspective: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .meta({ description: 'Only for this perspective, by its name.', examples: ['eu-west-1'] }),
}
const below = z
  .boolean()
  .meta({ description: 'Whether names below it have the fault, too.', examples: [true] })
export const dnsFaultOrder = z
  .strictObject({
    ...faultMembers,
    below: below.optional(),
    times: z
      .number()
      .optional()
      .meta({ description: 'How many answers are spoilt; until withdrawn when absent.', examples: [1] }),
  })
  .meta({ id: 'DnsFaultOrder', description: 'What the simulated DNS shall do wrong.' })
export const dnsFault = z
  .object({
    id: z.string().meta({ description: 'Its id.', examples: ['0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10'] }),
    ...faultMembers,
    below,
    remaining: z
      .number()
      .int()
      .optional()
      .meta({ description: 'How many answers it still spoils; absent for any number.', examples: [1] }),
    createdAt: timestamp('When it was ordered, by the system clock.'),
  })
  .meta({ id: 'DnsFault', description: 'What the simulated DNS does wrong on order.' })
export type DnsFaultJson = z.infer<typeof dnsFault>
export const dnsFaults = z
  .object({
    items: z.array(dnsFault).meta({ description: 'The faults, oldest first; the first that fits counts.' }),
  })
  .meta({ id: 'DnsFaults', description: 'All faults that still spoil answers.' })
export const dnsFaultParams = z
  .strictObject({
    fault: z
      .string()
      .min(1)
      .max(64)
      .meta({ description: 'Its id.', examples: ['0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10'] }),
  })
  .meta({ description: 'Which fault.' })
