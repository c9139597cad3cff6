import { z } from 'zod'
import { KMS_NAMES } from '../../core/domain/kms.ts'
import { timestamp } from './common.ts'

const kmsName = (description: string) => z.enum(KMS_NAMES).meta({ description, examples: ['local'] })
const count = (description: string, example: number) =>
  z
    .number()
    .int()
    .meta({ description, examples: [example] })

const version = {
  kekId: z.string().meta({
    description: 'Id of the key-encryption key, as its KMS names it.',
    examples: ['9c6c8b0e-6d1f-4f0a-9f3e-2b1d5a7c4e11'],
  }),
  kekVersion: count('Its version.', 2),
}

const rotation = z
  .object({
    startedAt: timestamp('When it was asked for.'),
    finishedAt: timestamp('When the last key was wrapped anew; absent while it goes on.').optional(),
    to: z.string().meta({
      description: 'Which KMS wraps afterwards; another one where keys are moved.',
      examples: ['local'],
    }),
    total: count('How many keys there were to wrap anew.', 1200),
    unopened: count('Keys that do not open and stay as they are; the server’s log names them.', 0),
  })
  .meta({ id: 'KmsRotation', description: 'The last rotation of a key-encryption key.' })

export const kms = z
  .object({
    name: z.string().meta({ description: 'Its kind, which is its name.', examples: ['local'] }),
    preferred: z
      .boolean()
      .meta({ description: 'Whether new keys go there, where nobody chose another one.', examples: [true] }),
    status: z.enum(['up', 'down', 'unconfigured']).meta({
      description: '`unconfigured`: it wraps keys, but this server can’t reach it.',
      examples: ['up'],
    }),
    rotates: z
      .boolean()
      .meta({ description: 'Whether new versions of its key are made here.', examples: [true] }),
    current: z
      .object(version)
      .optional()
      .meta({ description: 'What wraps now; absent while it doesn’t answer.' }),
    versions: z
      .array(
        z
          .object({ ...version, keys: count('How many keys it wraps.', 1200) })
          .meta({ id: 'KekVersion', description: 'A version of a key-encryption key, and what it wraps.' }),
      )
      .meta({ description: 'What wraps keys at present.' }),
    remaining: count('Keys that are still to be wrapped anew; absent while nobody can know.', 300).optional(),
    rotation: rotation.optional(),
  })
  .meta({ id: 'Kms', description: 'A key management service.' })
export type KmsJson = z.infer<typeof kms>

export const kmsList = z
  .object({ items: z.array(kms).meta({ description: 'The one for new keys first.' }) })
  .meta({ id: 'KmsList', description: 'Every key management service that is configured or wraps a key.' })

export const kmsRotation = z
  .strictObject({
    kms: kmsName('Whose key-encryption key; that of the KMS for new keys when absent.').optional(),
    to: kmsName(
      'Another KMS that is to wrap what this one wraps; without it, a new version is made.',
    ).optional(),
  })
  .meta({ id: 'KmsRotationRequest', description: 'A key-encryption key to rotate, or keys to move.' })
