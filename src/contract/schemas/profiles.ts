import { z } from 'zod'
import { KEY_ALGORITHM_NAMES } from '../../core/domain/key-algorithms.ts'
import { KEY_USAGES } from '../../core/domain/key-usages.ts'
import { MAX_NAMES, SUBJECT_UPPER_BOUNDS, type SubjectFields } from '../../core/domain/names.ts'
import { PROFILE_NAMES } from '../../core/domain/profiles.ts'
import { accountId, pageOf, pageQuery, reference, timestamp } from './common.ts'

/** A profile's name as requests give it; what it may be is decided by the core. */
export const profileName = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII only')
    .meta({ description, examples: [example] })

export const purpose = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: 'A purpose by its name, or an OID.', examples: ['serverAuth'] })
export const keyUsageName = z
  .enum(KEY_USAGES)
  .meta({ description: 'A key usage (RFC 5280 §4.2.1.3).', examples: ['digitalSignature'] })

const seconds = (description: string, example: number) =>
  z
    .number()
    .int()
    .min(1)
    .max(3_153_600_000)
    .optional()
    .meta({ description, examples: [example] })

const nameRule = (what: string, example: string) =>
  z
    .strictObject({
      patterns: z
        .array(
          z
            .string()
            .min(1)
            .max(2048)
            .meta({ description: what, examples: [example] }),
        )
        .min(1)
        .max(MAX_NAMES)
        .optional()
        .meta({ description: 'One of them must cover each name; absent: any name of the kind.' }),
      min: z
        .number()
        .int()
        .min(0)
        .max(MAX_NAMES)
        .optional()
        .meta({ description: 'How many there must be at least.', examples: [1] }),
      max: z
        .number()
        .int()
        .min(0)
        .max(MAX_NAMES)
        .optional()
        .meta({ description: 'How many there may be.', examples: [10] }),
      wildcards: z
        .boolean()
        .optional()
        .meta({
          description: 'DNS only: whether a name may be a wildcard itself; no when absent.',
          examples: [false],
        }),
    })
    .optional()
    .meta({ description: 'What names of this kind are allowed; without it, none.' })

const subjectRule = z
  .strictObject({
    required: z
      .boolean()
      .optional()
      .meta({ description: 'Whether a request must have it.', examples: [true] }),
    value: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .meta({ description: 'The value it always has.', examples: ['Example GmbH'] }),
  })
  .optional()
  .meta({ description: 'An attribute that is allowed.' })

const subjectRules = Object.fromEntries(
  Object.keys(SUBJECT_UPPER_BOUNDS).map((field) => [field, subjectRule]),
) as Record<keyof SubjectFields, typeof subjectRule>

const rules = {
  base: z
    .enum(PROFILE_NAMES)
    .meta({ description: 'A fixed profile that says what it is for.', examples: ['tls-server'] }),
  extendedKeyUsages: z
    .array(purpose)
    .max(20)
    .meta({ description: 'In place of `base`: the purposes; empty for none.', examples: [['clientAuth']] }),
  keyUsages: z
    .array(keyUsageName)
    .min(1)
    .max(KEY_USAGES.length)
    .meta({
      description: 'With `extendedKeyUsages`: the key usages; digitalSignature when absent.',
      examples: [['digitalSignature']],
    }),
  keyAlgorithms: z
    .array(
      z
        .enum(KEY_ALGORITHM_NAMES as [(typeof KEY_ALGORITHM_NAMES)[number]])
        .meta({ description: 'A key algorithm.', examples: ['EC_prime256v1'] }),
    )
    .min(1)
    .max(KEY_ALGORITHM_NAMES.length)
    .meta({ description: 'Kinds of key that are allowed; any when absent.' }),
  validity: z
    .strictObject({
      minSeconds: seconds('The shortest time from issuance to the end.', 3600),
      maxSeconds: seconds('The longest.', 2_592_000),
      defaultSeconds: seconds('The time when a request says none.', 604_800),
    })
    .meta({ description: 'How long certificates may live.' }),
  names: z
    .strictObject({
      dns: nameRule(
        'A name, `*.example.com` (one label more) or `**.example.com` (one or more).',
        '*.example.com',
      ),
      ip: nameRule('An address, or a range as CIDR.', '10.0.0.0/8'),
      email: nameRule('A mailbox, or a domain as under `dns`.', 'example.com'),
      uri: nameRule('A URI; it covers itself and what lies below its path.', 'spiffe://example.com/ns/prod'),
      other: nameRule('The OID of an otherName.', '1.3.6.1.4.1.311.20.2.3'),
    })
    .meta({ description: 'Which names are allowed; any when absent, and else only kinds that are listed.' }),
  subject: z
    .strictObject(subjectRules)
    .meta({ description: 'Which attributes of the subject are allowed; any when absent.' }),
}
const authority = reference('The only authority that issues under it, by id, name or ARN.', 'Issuing CA 1')

const optional = <T extends z.ZodType>(type: T) => type.optional()
/** A member to replace, or with null to take away. */
const replaced = <T extends z.ZodType>(type: T) =>
  type.nullish().meta({ description: `${type.meta()?.description ?? ''} Null takes it away.` })
const ruleMembers = {
  base: optional(rules.base),
  extendedKeyUsages: optional(rules.extendedKeyUsages),
  keyUsages: optional(rules.keyUsages),
  keyAlgorithms: optional(rules.keyAlgorithms),
  validity: optional(rules.validity),
  names: optional(rules.names),
  subject: optional(rules.subject),
}

export const profileCreation = z
  .strictObject({
    name: profileName('What requests call it; unique in its account and region.', 'web'),
    authority: authority.optional(),
    ...ruleMembers,
  })
  .meta({ id: 'ProfileCreation', description: 'A profile: what certificates of a kind may be.' })

export const profileUpdate = z
  .strictObject({
    authority: replaced(authority),
    base: replaced(rules.base),
    extendedKeyUsages: replaced(rules.extendedKeyUsages),
    keyUsages: replaced(rules.keyUsages),
    keyAlgorithms: replaced(rules.keyAlgorithms),
    validity: replaced(rules.validity),
    names: replaced(rules.names),
    subject: replaced(rules.subject),
  })
  .refine((body) => Object.values(body).some((member) => member !== undefined), {
    error: 'at least one member is needed',
  })
  .meta({ id: 'ProfileUpdate', description: 'Members of a profile to replace; null takes one away.' })

export const profile = z
  .object({
    id: z.string().meta({ description: 'Its id.', examples: ['0f8b5b8e-3f0a-4c8e-9d55-0d5b6a4d8f10'] }),
    arn: z.string().meta({
      description: 'Its Amazon resource name.',
      examples: ['arn:aws:chancery:us-east-1:111122223333:profile/web'],
    }),
    account: accountId,
    region: z.string().meta({ description: 'The region it belongs to.', examples: ['us-east-1'] }),
    name: z.string().meta({ description: 'What requests call it.', examples: ['web'] }),
    version: z
      .number()
      .int()
      .meta({ description: 'Grows with each change; certificates record it.', examples: [1] }),
    authority: z
      .string()
      .optional()
      .meta({
        description: 'Id of the only authority that issues under it.',
        examples: ['8c1b2f60-2a8e-4c59-8b57-6f6f0a1c2d3e'],
      }),
    ...ruleMembers,
    createdAt: timestamp('When it was created.'),
    updatedAt: timestamp('When it was changed last.'),
  })
  .meta({ id: 'Profile', description: 'A profile.' })
export type ProfileJson = z.infer<typeof profile>
export const profilePage = pageOf('ProfilePage', profile, 'profiles')

export const profileListQuery = z.strictObject(pageQuery).meta({ description: 'Which page of profiles.' })
export const profileParams = z
  .strictObject({ profile: profileName('Name of the profile.', 'web') })
  .meta({ description: 'Which profile.' })
